"""Times as operators compare them with M-PESA's: 24 hours, with seconds."""

DATETIME_FORMAT = "j M Y H:i:s"
DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i:s"
