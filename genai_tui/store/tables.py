"""The SQL of the long migrations. Like them it is never edited once it is published."""

# Large columns stand last: a row that overflows its page is then read no further than it must be. Indexes end in the
# row's number, so each gives its rows newest first; tries, which people search, have two of their own beside runs.
# AUTOINCREMENT: a number that was shown (generation 7) is never given again.
SPINE = """
CREATE TABLE choice (key TEXT PRIMARY KEY, value TEXT NOT NULL, changed TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE scope (
  version INTEGER PRIMARY KEY, problem TEXT NOT NULL, tasks TEXT NOT NULL, metric TEXT, target REAL,
  latency_p95_s REAL, budget_usd REAL, requests_a_month INTEGER, data_rules TEXT NOT NULL, languages TEXT NOT NULL,
  input_tokens INTEGER, output_tokens INTEGER, harms TEXT NOT NULL, today TEXT NOT NULL, created TEXT NOT NULL
);

CREATE TABLE prompt (
  number INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, parent INTEGER REFERENCES prompt(number),
  shots INTEGER NOT NULL, created TEXT NOT NULL, note TEXT NOT NULL,
  messages TEXT NOT NULL, examples TEXT NOT NULL, parameters TEXT NOT NULL, output TEXT
);

CREATE TABLE candidate (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, endpoint TEXT NOT NULL,
  model_id TEXT NOT NULL, prompt INTEGER NOT NULL REFERENCES prompt(number), created TEXT NOT NULL,
  prompt_hash TEXT NOT NULL, model_content TEXT NOT NULL, augmentation TEXT NOT NULL, UNIQUE (hash, endpoint)
);

CREATE TABLE dataset_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version INTEGER, source TEXT NOT NULL,
  split_way TEXT NOT NULL, created TEXT NOT NULL, pid INTEGER, started INTEGER, host TEXT, boot TEXT,
  UNIQUE (name, version)
);

CREATE TABLE dataset_split (
  dataset_version INTEGER NOT NULL REFERENCES dataset_version(id), split TEXT NOT NULL,
  holder INTEGER NOT NULL REFERENCES dataset_version(id), rows INTEGER NOT NULL,
  PRIMARY KEY (dataset_version, split)
) WITHOUT ROWID;

CREATE TABLE example (
  id INTEGER PRIMARY KEY, exact BLOB NOT NULL UNIQUE, hash TEXT NOT NULL,
  tags TEXT NOT NULL, expected TEXT, inputs TEXT NOT NULL
);

CREATE INDEX example_hash ON example(hash);

CREATE TABLE membership (
  dataset_version INTEGER NOT NULL REFERENCES dataset_version(id), split TEXT NOT NULL, position INTEGER NOT NULL,
  example INTEGER NOT NULL REFERENCES example(id), line INTEGER NOT NULL,
  PRIMARY KEY (dataset_version, split, position)
) WITHOUT ROWID;

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, function TEXT NOT NULL, state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', progress REAL, pid INTEGER, started_ticks INTEGER, host TEXT, boot TEXT,
  heartbeat TEXT, created TEXT NOT NULL, started TEXT, ended TEXT, events_offset INTEGER NOT NULL DEFAULT 0,
  args TEXT NOT NULL, metrics TEXT NOT NULL, estimate TEXT NOT NULL, measured TEXT NOT NULL
);

CREATE INDEX job_state ON job(state);

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT, candidate INTEGER NOT NULL REFERENCES candidate(id),
  dataset_version INTEGER REFERENCES dataset_version(id), split TEXT, n INTEGER NOT NULL DEFAULT 0,
  repeats INTEGER NOT NULL DEFAULT 1, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
  job INTEGER REFERENCES job(id), pid INTEGER, started INTEGER, host TEXT, boot TEXT, heartbeat TEXT,
  created TEXT NOT NULL, ended TEXT, scorers TEXT NOT NULL, limits TEXT NOT NULL, options TEXT NOT NULL DEFAULT '{}'
);

CREATE INDEX run_candidate ON run(candidate);

CREATE TABLE generation (
  id INTEGER PRIMARY KEY AUTOINCREMENT, purpose TEXT NOT NULL, created TEXT NOT NULL, endpoint TEXT NOT NULL,
  model_id TEXT NOT NULL, candidate INTEGER REFERENCES candidate(id), prompt INTEGER REFERENCES prompt(number),
  run INTEGER REFERENCES run(id), example INTEGER REFERENCES example(id), repeat INTEGER NOT NULL,
  parent INTEGER REFERENCES generation(id), cached_from INTEGER REFERENCES generation(id),
  finish_reason TEXT, input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER, reasoning_tokens INTEGER,
  tokens_guessed INTEGER, reported_usd REAL, service_tier TEXT, cost_usd REAL,
  queued REAL NOT NULL, sent REAL, first_byte REAL, first_token REAL, done REAL, wall REAL NOT NULL,
  streamed INTEGER NOT NULL, all_at_once INTEGER NOT NULL, refusal INTEGER NOT NULL, retries INTEGER NOT NULL,
  error_exit INTEGER, error_what TEXT, error_why TEXT, error_do TEXT,
  text TEXT NOT NULL, reasoning TEXT NOT NULL, inputs TEXT, tool_calls TEXT, logprobs TEXT
);

CREATE INDEX generation_purpose ON generation(purpose);

CREATE INDEX generation_model ON generation(endpoint, model_id);

CREATE INDEX generation_prompt ON generation(prompt) WHERE prompt IS NOT NULL;

CREATE INDEX generation_candidate ON generation(candidate) WHERE candidate IS NOT NULL;

CREATE INDEX generation_run ON generation(run) WHERE run IS NOT NULL;

CREATE INDEX generation_try_prompt ON generation(prompt) WHERE purpose = 'try';

CREATE INDEX generation_try_model ON generation(endpoint, model_id) WHERE purpose = 'try';

CREATE INDEX generation_parent ON generation(parent) WHERE parent IS NOT NULL;

CREATE TABLE body (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, json TEXT NOT NULL);

CREATE TABLE exchange (
  id INTEGER PRIMARY KEY AUTOINCREMENT, generation INTEGER NOT NULL REFERENCES generation(id), path TEXT NOT NULL,
  body INTEGER NOT NULL REFERENCES body(id), status INTEGER, input_tokens INTEGER, output_tokens INTEGER,
  cached_tokens INTEGER, reasoning_tokens INTEGER, tokens_guessed INTEGER, reported_usd REAL, service_tier TEXT,
  cost_usd REAL, queued REAL NOT NULL, sent REAL, first_byte REAL, first_token REAL, done REAL, wall REAL NOT NULL,
  error_exit INTEGER, error_what TEXT, error_why TEXT, error_do TEXT, answer TEXT NOT NULL
);

CREATE INDEX exchange_generation ON exchange(generation);

CREATE TABLE spend (
  purpose TEXT PRIMARY KEY, generations INTEGER NOT NULL, failed INTEGER NOT NULL, known_usd REAL NOT NULL,
  unknown INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE reservation (
  id INTEGER PRIMARY KEY AUTOINCREMENT, usd REAL NOT NULL, tokens INTEGER NOT NULL, created TEXT NOT NULL,
  pid INTEGER NOT NULL, started INTEGER NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL
);

CREATE TABLE draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT, screen TEXT NOT NULL, taken INTEGER NOT NULL, uid INTEGER NOT NULL,
  pid INTEGER NOT NULL, started INTEGER NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL,
  saved TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (screen, pid, started, host, boot, taken)
);
"""

LATER = """
CREATE TABLE score (
  id INTEGER PRIMARY KEY AUTOINCREMENT, generation INTEGER NOT NULL REFERENCES generation(id), scorer TEXT NOT NULL,
  value REAL, label TEXT, reduced INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', created TEXT NOT NULL,
  UNIQUE (generation, scorer)
);

CREATE TABLE look (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run(id), split TEXT NOT NULL,
  scorer TEXT NOT NULL, created TEXT NOT NULL
);

CREATE TABLE cache (
  key TEXT PRIMARY KEY, generation INTEGER NOT NULL REFERENCES generation(id),
  exchange INTEGER NOT NULL REFERENCES exchange(id), created TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE preference (
  id INTEGER PRIMARY KEY AUTOINCREMENT, example INTEGER REFERENCES example(id),
  first INTEGER REFERENCES generation(id), second INTEGER REFERENCES generation(id), chosen TEXT NOT NULL,
  judge TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '', created TEXT NOT NULL,
  inputs TEXT, first_text TEXT NOT NULL, second_text TEXT NOT NULL
);

CREATE TABLE model (ref TEXT PRIMARY KEY, card TEXT NOT NULL, lineage TEXT, updated TEXT NOT NULL);

CREATE TABLE artifact (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT, bytes INTEGER,
  job INTEGER REFERENCES job(id), created TEXT NOT NULL, lineage TEXT NOT NULL DEFAULT '{}'
);

CREATE TABLE deployment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, candidate INTEGER NOT NULL REFERENCES candidate(id), state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', url TEXT, job INTEGER REFERENCES job(id), pid INTEGER, started INTEGER, host TEXT,
  boot TEXT, created TEXT NOT NULL, ended TEXT, options TEXT NOT NULL DEFAULT '{}'
);

CREATE TABLE load_step (
  id INTEGER PRIMARY KEY AUTOINCREMENT, deployment INTEGER REFERENCES deployment(id), url TEXT, model TEXT,
  position INTEGER NOT NULL, created TEXT NOT NULL, result TEXT NOT NULL
);

CREATE TABLE measurement (
  id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, place TEXT NOT NULL, key TEXT NOT NULL, value REAL,
  unit TEXT NOT NULL, source TEXT NOT NULL DEFAULT '', job INTEGER REFERENCES job(id), created TEXT NOT NULL
);

CREATE INDEX measurement_what ON measurement(what, place, key);

CREATE TABLE corpus (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version INTEGER, created TEXT NOT NULL,
  settings TEXT NOT NULL DEFAULT '{}', UNIQUE (name, version)
);

CREATE TABLE passage (
  id INTEGER PRIMARY KEY AUTOINCREMENT, corpus INTEGER NOT NULL REFERENCES corpus(id), document TEXT NOT NULL,
  position INTEGER NOT NULL, hash TEXT NOT NULL, vector BLOB, place TEXT NOT NULL DEFAULT '{}', text TEXT NOT NULL
);

CREATE INDEX passage_corpus ON passage(corpus, document, position);
"""

VIEWS = """
CREATE VIEW v_examples AS
SELECT d.name AS dataset, d.version, m.split, m.position, m.line, e.inputs, e.expected, e.tags, e.id AS example, e.hash
FROM dataset_version d JOIN dataset_split s ON s.dataset_version = d.id
JOIN membership m ON m.dataset_version = s.holder AND m.split = s.split
JOIN example e ON e.id = m.example
WHERE d.version IS NOT NULL;

CREATE VIEW v_generations AS
SELECT g.id AS generation, g.run, c.name AS candidate, g.example, g.repeat, g.text, g.input_tokens, g.output_tokens,
  g.cost_usd, CASE WHEN g.all_at_once THEN NULL ELSE g.first_token - g.sent END AS first_token_s,
  g.done - g.sent AS latency_s, g.finish_reason, g.error_what AS error, g.cached_from IS NOT NULL AS cached, g.created,
  g.purpose, g.endpoint || '/' || g.model_id AS model, g.prompt, g.parent, g.reasoning, g.retries
FROM generation g LEFT JOIN candidate c ON c.id = g.candidate;

CREATE VIEW v_runs AS
SELECT r.id AS run, c.name AS candidate, d.name AS dataset, d.version, r.split, r.state, r.n,
  (SELECT count(*) FROM (SELECT 1 FROM generation g WHERE g.run = r.id AND g.purpose = 'run'
    GROUP BY g.example, g.repeat HAVING min(g.error_what IS NOT NULL) = 0)) AS answered,
  (SELECT count(*) FROM (SELECT 1 FROM generation g WHERE g.run = r.id AND g.purpose = 'run'
    GROUP BY g.example, g.repeat HAVING min(g.error_what IS NOT NULL) = 1)) AS failed,
  r.created, r.repeats, r.reason, r.ended
FROM run r JOIN candidate c ON c.id = r.candidate LEFT JOIN dataset_version d ON d.id = r.dataset_version;
"""

SCORES = """
DROP TABLE score;

CREATE TABLE score (
  generation INTEGER NOT NULL REFERENCES generation(id), scorer TEXT NOT NULL, value REAL, label TEXT,
  reason TEXT NOT NULL, reduced TEXT, detail TEXT, PRIMARY KEY (generation, scorer)
) WITHOUT ROWID;

DROP TABLE cache;

CREATE TABLE cache (
  key BLOB PRIMARY KEY, generation INTEGER NOT NULL REFERENCES generation(id), place TEXT NOT NULL,
  repeat INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX look_run ON look(run);

ALTER TABLE run ADD COLUMN worked_s REAL NOT NULL DEFAULT 0;

ALTER TABLE run ADD COLUMN result TEXT;
"""

_EXAMPLES_VIEW = """
CREATE VIEW v_examples AS
SELECT d.name AS dataset, d.version, m.split, m.position, m.line, e.inputs, e.expected, e.tags, e.id AS example, e.hash
FROM dataset_version d JOIN dataset_split s ON s.dataset_version = d.id
JOIN membership m ON m.split = s.split AND (m.dataset_version = d.id OR m.dataset_version = s.holder AND NOT EXISTS (
  SELECT 1 FROM membership o WHERE o.dataset_version = d.id AND o.split = m.split AND o.position = m.position
    AND o.dataset_version <> s.holder))
JOIN example e ON e.id = m.example
WHERE d.version IS NOT NULL;
"""

EDITED = f"""
DROP VIEW v_examples;
{_EXAMPLES_VIEW}"""

DECIDED = """
ALTER TABLE scope ADD COLUMN examples TEXT NOT NULL DEFAULT '[]';

ALTER TABLE scope ADD COLUMN note TEXT NOT NULL DEFAULT '';

CREATE TABLE selection (
  id INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, candidate INTEGER REFERENCES candidate(id),
  rivals TEXT NOT NULL, why TEXT NOT NULL, evidence TEXT NOT NULL, created TEXT NOT NULL
);

CREATE TABLE person_label (
  generation INTEGER NOT NULL REFERENCES generation(id), person TEXT NOT NULL, value REAL NOT NULL,
  reason TEXT NOT NULL DEFAULT '', created TEXT NOT NULL, PRIMARY KEY (generation, person)
) WITHOUT ROWID;

CREATE INDEX generation_example ON generation(example) WHERE purpose = 'run';
"""

JOBS = """
ALTER TABLE job ADD COLUMN device TEXT NOT NULL DEFAULT '';

ALTER TABLE job ADD COLUMN wish TEXT NOT NULL DEFAULT '';

ALTER TABLE job ADD COLUMN result TEXT NOT NULL DEFAULT '{}';

ALTER TABLE job ADD COLUMN worked_s REAL NOT NULL DEFAULT 0;

ALTER TABLE job ADD COLUMN checkpoint TEXT NOT NULL DEFAULT '';

CREATE TABLE job_metric (
  job INTEGER NOT NULL REFERENCES job(id), name TEXT NOT NULL, step INTEGER NOT NULL, value REAL,
  PRIMARY KEY (job, name, step)
) WITHOUT ROWID;
"""

# The digest of its content tells a row and finds it again (its first 16 bytes do: nobody can make two rows that share
# them); `exact` is there where something counts that the record's hash does not heed: tags, order of keys, 1 or 1.0.
SHORTER = f"""
DROP VIEW v_examples;

CREATE TABLE shorter (
  id INTEGER PRIMARY KEY, exact BLOB, content BLOB NOT NULL, tags TEXT NOT NULL, expected TEXT, inputs TEXT NOT NULL,
  hash TEXT AS ('g1:' || lower(hex(content)))
);

INSERT INTO shorter (id, exact, content, tags, expected, inputs)
SELECT id, nullif(exact, digest_of(hash)), digest_of(hash), tags, expected, inputs FROM example ORDER BY id;

DROP TABLE example;

ALTER TABLE shorter RENAME TO example;

CREATE UNIQUE INDEX example_key ON example(substr(coalesce(exact, content), 1, 16));
{_EXAMPLES_VIEW}"""
