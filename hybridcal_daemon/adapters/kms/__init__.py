"""Keys: the local keyring, our own cells, the JWE fields of the meetings list, and the vault over all of it."""

from hybridcal_daemon.adapters.kms.channeltokens import ChannelTokens
from hybridcal_daemon.adapters.kms.keyring import LocalKeyring
from hybridcal_daemon.adapters.kms.vault import LocalVault

__all__ = ["ChannelTokens", "LocalKeyring", "LocalVault"]
