"""Files of source credentials: what they may name, and what is said of those that are not used."""

import json

import pytest

from hybridcal_daemon.adapters.google.keyfile import KeyFileError
from hybridcal_daemon.adapters.google.source import load_source
from tests.adapters_google.iam_fake import BY_FILE, EXTERNAL, IMPERSONATION_URL, PROVIDER_URL, USER


def written(tmp_path, info, mode=0o600):
    file = tmp_path / "credentials.json"
    file.write_text(info if isinstance(info, str) else json.dumps(info))
    file.chmod(mode)
    return file


BY_URL = {**EXTERNAL, "credential_source": {"url": PROVIDER_URL}}


@pytest.mark.parametrize(
    "info", [BY_FILE, BY_URL, {**BY_FILE, "service_account_impersonation_url": IMPERSONATION_URL}, USER]
)
def test_good_files(tmp_path, info):
    assert load_source(written(tmp_path, info)) == info


def test_a_key_of_another_service_account_is_a_source_too(tmp_path, key_info):
    assert load_source(written(tmp_path, key_info)) == key_info


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ("", "is empty"),
        ("x", "not a JSON object"),
        ({}, "none of external_account, authorized_user and service_account"),
        ({"type": "impersonated_service_account"}, "none of external_account"),
        ({"type": "service_account"}, "lacks client_email, client_id, private_key"),
        ({**USER, "refresh_token": ""}, "lacks refresh_token; make it anew with: gcloud auth"),
        ({**BY_FILE, "audience": 7}, "lacks audience"),
        (EXTERNAL, "credential_source must name either a `file` or a `url`"),
        ({**EXTERNAL, "credential_source": {"executable": {"command": "/bin/x"}}}, "programs, certificates"),
        ({**EXTERNAL, "credential_source": {"environment_id": "aws1"}}, "clouds' metadata are not used"),
        ({**EXTERNAL, "credential_source": {"file": "/a", "url": "https://b"}}, "either a `file` or a `url`"),
        ({**EXTERNAL, "credential_source": {"file": "identity"}}, "must be an absolute path"),
        (
            {**EXTERNAL, "credential_source": {"url": "http://login.acme.example/"}},
            "credential_source.url must be https",
        ),
        ({**EXTERNAL, "credential_source": {"url": "file:///etc/passwd"}}, "credential_source.url must be https"),
        (
            {**BY_FILE, "token_url": "https://sts.acme.example/v1/token"},
            "token_url must be https to a host of googleapis",
        ),
        ({**BY_FILE, "token_url": "https://googleapis.com.acme.example/"}, "token_url must be https to a host of"),
        ({**BY_FILE, "token_url": "https://[x"}, "token_url must be https"),
        (
            {**BY_FILE, "service_account_impersonation_url": "http://x"},
            "service_account_impersonation_url must be https",
        ),
    ],
)
def test_files_that_are_not_used(tmp_path, info, words):
    file = written(tmp_path, info)
    with pytest.raises(KeyFileError) as caught:
        load_source(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_others_can_read(tmp_path):
    with pytest.raises(KeyFileError, match="mode 0644"):
        load_source(written(tmp_path, USER, 0o644))
