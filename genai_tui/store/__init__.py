"""The project's database: SQLite, with one module for each family of records; SQL lives here and nowhere else.

    version      the number of the schema, known without an import
    migrations   makes and migrates the schema (sqlite-utils; imported only when there is something to migrate)
    database     makes a project's folder, brings an older database up to date, refuses a newer one
    reader       read-only connections, one a thread
    writer       one thread that joins what waits into one transaction and reports after its commit
    faults       what SQLite or the system said, as a sentence: what, where, what to do
    filesystems  which journal is safe where
    processes    processes that cannot be mistaken for others

A `save_…` gives back a `Write` for the writer; a `find_…` and a `page_…` take a reader. Lists are read by `page_…`
alone: keyset paging, so that a page of a million rows opens as fast as one of a thousand.
"""
