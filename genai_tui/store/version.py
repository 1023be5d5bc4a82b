"""The number of the schema. It stands alone so that opening a current project imports no migration."""

SCHEMA_VERSION = 12
