"""Google Workspace calendars to Webex: join details, meetings lists, Join buttons and presence, on your own machine."""

__version__ = "0.1.0"
