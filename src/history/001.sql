-- Sweeps, each with its record's name. Times are milliseconds since 1970-01-01 UTC.
CREATE TABLE sweep (
    id TEXT PRIMARY KEY,
    started INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    catalogue TEXT NOT NULL,
    hosts INTEGER NOT NULL,
    assessed INTEGER NOT NULL,
    partial INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    critical INTEGER NOT NULL,
    high INTEGER NOT NULL,
    medium INTEGER NOT NULL,
    low INTEGER NOT NULL,
    info INTEGER NOT NULL,
    score INTEGER,
    answered INTEGER NOT NULL,
    applicable INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sweep_by_time ON sweep (finished);

-- What came of one host in one sweep.
CREATE TABLE visit (
    host TEXT NOT NULL,
    sweep TEXT NOT NULL REFERENCES sweep ON DELETE CASCADE,
    finished INTEGER NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    profile TEXT NOT NULL,
    critical INTEGER NOT NULL,
    high INTEGER NOT NULL,
    medium INTEGER NOT NULL,
    low INTEGER NOT NULL,
    info INTEGER NOT NULL,
    score INTEGER,
    answered INTEGER NOT NULL,
    applicable INTEGER NOT NULL,
    PRIMARY KEY (host, sweep)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_by_time ON visit (host, finished);
CREATE INDEX visit_by_sweep ON visit (sweep);

-- The newest sweep that read a host: whose rows stand in `row`. Rows that compare hosts belong to the host ''.
CREATE TABLE host (
    name TEXT PRIMARY KEY,
    finished INTEGER NOT NULL,
    profile TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is the case now, and since when.
CREATE TABLE row (
    host TEXT NOT NULL,
    id TEXT NOT NULL,
    control TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    severity TEXT NOT NULL,
    observed TEXT NOT NULL,
    finding INTEGER NOT NULL,
    -- When it was a finding for the first time.
    first_seen INTEGER,
    -- When outcome or severity changed last.
    changed INTEGER NOT NULL,
    -- Since when the subject is gone.
    gone INTEGER,
    PRIMARY KEY (host, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_findings ON row (finding, host) WHERE finding = 1;

-- What changed, for as long as history is kept.
CREATE TABLE change (
    host TEXT NOT NULL,
    finished INTEGER NOT NULL,
    sweep TEXT NOT NULL,
    id TEXT NOT NULL,
    control TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT,
    after TEXT,
    severity TEXT NOT NULL
) STRICT;
CREATE INDEX change_by_time ON change (finished);
CREATE INDEX change_by_host ON change (host, finished);
