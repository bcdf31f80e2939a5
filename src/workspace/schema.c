/* The tables of Neolith, named as there, and ours, prefixed orchd_.
 *
 * SQLite keeps a TIMESTAMP(3) as text "YYYY-MM-DD HH:MM:SS.mmm" in UTC, JSONB and lists (TEXT[]) as JSON text and an enum as
 * its word. Indexes are few: each one costs at every insert, one in random order most.
 *
 * orchd_turns.state: 0 pending, 1 answered, 2 failed, 3 skipped; the partial index holds only the pending ones.
 */
#include "schema.h"

#include "search_index.h"

#define TIMES "created_at TIMESTAMP(3) NOT NULL, updated_at TIMESTAMP(3) NOT NULL"

static const char *const first[] = {
    "CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, display_name TEXT, "
    "avatar_url TEXT,"
    " bio TEXT, status \"UserStatus\" NOT NULL DEFAULT 'PENDING', is_vp BOOLEAN NOT NULL DEFAULT false, "
    "vp_config JSONB,"
    " preferences JSONB NOT NULL DEFAULT '{}', current_workspace_slug TEXT, last_active_at TIMESTAMP(3),"
    " email_verified TIMESTAMP(3), " TIMES ")",

    "CREATE TABLE accounts (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id) ON DELETE "
    "CASCADE,"
    " type TEXT NOT NULL, provider TEXT NOT NULL, provider_account_id TEXT NOT NULL, refresh_token TEXT,"
    " access_token TEXT, expires_at INTEGER, token_type TEXT, scope TEXT, id_token TEXT, session_state "
    "TEXT, " TIMES ", UNIQUE (provider, provider_account_id))",
    "CREATE INDEX accounts_user_id ON accounts (user_id)",

    "CREATE TABLE sessions (id TEXT PRIMARY KEY, session_token TEXT NOT NULL UNIQUE, expires TIMESTAMP(3) "
    "NOT NULL,"
    " user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE)",
    "CREATE INDEX sessions_user_id ON sessions (user_id)",

    "CREATE TABLE organizations (id TEXT PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, "
    "avatar_url TEXT,"
    " description TEXT, settings JSONB NOT NULL DEFAULT '{}', " TIMES ")",

    "CREATE TABLE organization_members (id TEXT PRIMARY KEY, role \"OrganizationRole\" NOT NULL DEFAULT "
    "'MEMBER',"
    " organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,"
    " user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, joined_at TIMESTAMP(3) NOT NULL,"
    " UNIQUE (organization_id, user_id))",

    "CREATE TABLE workspaces (id TEXT PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL, description TEXT,"
    " avatar_url TEXT, visibility TEXT NOT NULL DEFAULT 'PRIVATE', settings JSONB NOT NULL DEFAULT '{}',"
    " organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE, " TIMES
    ", UNIQUE (organization_id, slug))",

    "CREATE TABLE vps (id TEXT PRIMARY KEY, discipline TEXT NOT NULL, role TEXT NOT NULL,"
    " capabilities JSONB NOT NULL DEFAULT '[]', daemon_endpoint TEXT, status \"VPStatus\" NOT NULL DEFAULT "
    "'OFFLINE',"
    " user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,"
    " organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,"
    " workspace_id TEXT REFERENCES workspaces (id) ON DELETE SET NULL, discipline_id TEXT, " TIMES ")",

    "CREATE TABLE vp_configs (id TEXT PRIMARY KEY, vp_id TEXT NOT NULL UNIQUE REFERENCES vps (id) ON DELETE "
    "CASCADE,"
    " auto_reply BOOLEAN NOT NULL DEFAULT true, mention_only BOOLEAN NOT NULL DEFAULT false,"
    " keyword_triggers TEXT[], watched_channels TEXT[], max_hourly_actions INTEGER, max_daily_actions "
    "INTEGER,"
    " llm_provider TEXT NOT NULL DEFAULT 'anthropic', llm_model TEXT NOT NULL,"
    " temperature DOUBLE PRECISION NOT NULL DEFAULT 0.7, max_tokens INTEGER NOT NULL DEFAULT 4096,"
    " is_locked BOOLEAN NOT NULL DEFAULT false, " TIMES ")",

    "CREATE TABLE channels (id TEXT PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL, description TEXT, "
    "topic TEXT,"
    " type \"ChannelType\" NOT NULL DEFAULT 'PUBLIC', is_archived BOOLEAN NOT NULL DEFAULT false,"
    " settings JSONB NOT NULL DEFAULT '{}',"
    " workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,"
    " created_by_id TEXT REFERENCES users (id) ON DELETE SET NULL, " TIMES ", UNIQUE (workspace_id, slug))",

    "CREATE TABLE channel_members (id TEXT PRIMARY KEY, role \"ChannelRole\" NOT NULL DEFAULT 'MEMBER',"
    " channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,"
    " user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, joined_at TIMESTAMP(3) NOT NULL,"
    " last_read_at TIMESTAMP(3), left_at TIMESTAMP(3), is_starred BOOLEAN NOT NULL DEFAULT false,"
    " notification_preference TEXT NOT NULL DEFAULT 'all', UNIQUE (channel_id, user_id))",

    "CREATE TABLE messages (id TEXT PRIMARY KEY, content TEXT NOT NULL, type \"MessageType\" NOT NULL "
    "DEFAULT 'TEXT',"
    " metadata JSONB NOT NULL DEFAULT '{}', is_edited BOOLEAN NOT NULL DEFAULT false,"
    " is_deleted BOOLEAN NOT NULL DEFAULT false, edited_at TIMESTAMP(3), deleted_at TIMESTAMP(3),"
    " channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,"
    " author_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " parent_id TEXT REFERENCES messages (id) ON DELETE SET NULL, " TIMES ")",
    "CREATE INDEX messages_channel ON messages (channel_id, id)",
    "CREATE INDEX messages_parent ON messages (parent_id, id) WHERE parent_id IS NOT NULL",

    "CREATE TABLE reactions (id TEXT PRIMARY KEY, emoji TEXT NOT NULL,"
    " message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,"
    " user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, created_at TIMESTAMP(3) NOT NULL,"
    " UNIQUE (message_id, user_id, emoji))",

    "CREATE TABLE vp_memories (id TEXT PRIMARY KEY, vp_id TEXT NOT NULL REFERENCES vps (id) ON DELETE "
    "CASCADE,"
    " memory_type TEXT NOT NULL, content TEXT NOT NULL, embedding JSONB, metadata JSONB NOT NULL DEFAULT "
    "'{}',"
    " importance DOUBLE PRECISION NOT NULL DEFAULT 0.5, expires_at TIMESTAMP(3), " TIMES ")",

    "CREATE TABLE tasks (id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT,"
    " priority \"TaskPriority\" NOT NULL DEFAULT 'MEDIUM', status \"TaskStatus\" NOT NULL DEFAULT 'TODO',"
    " due_date TIMESTAMP(3), estimated_hours DOUBLE PRECISION, tags TEXT[], metadata JSONB NOT NULL DEFAULT "
    "'{}',"
    " depends_on TEXT[], vp_id TEXT NOT NULL REFERENCES vps (id) ON DELETE CASCADE,"
    " workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,"
    " channel_id TEXT REFERENCES channels (id) ON DELETE SET NULL,"
    " created_by_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " assigned_to_id TEXT REFERENCES users (id) ON DELETE SET NULL, completed_at TIMESTAMP(3), " TIMES ")",

    "CREATE TABLE orchd_daemons (vp_id TEXT PRIMARY KEY, slug TEXT NOT NULL, model_chain TEXT,"
    " logged_in BOOLEAN NOT NULL DEFAULT false, updated_at TIMESTAMP(3) NOT NULL)",

    "CREATE TABLE orchd_turns (id INTEGER PRIMARY KEY, vp_id TEXT NOT NULL, message_id TEXT NOT NULL,"
    " channel_id TEXT NOT NULL, parent_id TEXT, hops INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,"
    " kind INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, reply_id TEXT, error_code TEXT,"
    " error_message TEXT, " TIMES ", UNIQUE (vp_id, message_id))",
    "CREATE INDEX orchd_turns_pending ON orchd_turns (id) WHERE state = 0",
    "CREATE INDEX orchd_turns_offline ON orchd_turns (updated_at) WHERE kind = 1",

    "CREATE TABLE orchd_client_ids (message_id TEXT PRIMARY KEY, author_id TEXT NOT NULL, client_id TEXT NOT "
    "NULL,"
    " UNIQUE (author_id, client_id))",

    "CREATE TABLE orchd_feed (cursor INTEGER PRIMARY KEY, kind INTEGER NOT NULL, channel_id TEXT NOT NULL,"
    " message_id TEXT NOT NULL, details TEXT)",

    "CREATE TABLE orchd_tokens (id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, expires_at TIMESTAMP(3),"
    " created_at TIMESTAMP(3) NOT NULL)",
    "CREATE INDEX orchd_tokens_user_id ON orchd_tokens (user_id)",
    NULL,
};

/* Keys that begin with what ascends in time: a commit then touches the right edge of an index, not a page of it for each
 * orchestrator and author. */
static const char *const keys_in_time_order[] = {
    "ALTER TABLE orchd_turns RENAME TO orchd_turns_before",
    "CREATE TABLE orchd_turns (id INTEGER PRIMARY KEY, vp_id TEXT NOT NULL, message_id TEXT NOT NULL,"
    " channel_id TEXT NOT NULL, parent_id TEXT, hops INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,"
    " kind INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, reply_id TEXT, error_code TEXT,"
    " error_message TEXT, " TIMES ", UNIQUE (message_id, vp_id))",
    "INSERT INTO orchd_turns (id, vp_id, message_id, channel_id, parent_id, hops, state, kind, epoch, "
    "reply_id,"
    " error_code, error_message, created_at, updated_at) SELECT id, vp_id, message_id, channel_id, "
    "parent_id, hops,"
    " state, kind, epoch, reply_id, error_code, error_message, created_at, updated_at FROM "
    "orchd_turns_before",
    "DROP TABLE orchd_turns_before",
    "CREATE INDEX orchd_turns_pending ON orchd_turns (id) WHERE state = 0",
    "CREATE INDEX orchd_turns_offline ON orchd_turns (updated_at) WHERE kind = 1",

    "ALTER TABLE orchd_client_ids RENAME TO orchd_client_ids_before",
    "CREATE TABLE orchd_client_ids (message_id TEXT PRIMARY KEY, author_id TEXT NOT NULL,"
    " client_id TEXT NOT NULL, UNIQUE (client_id, author_id))",
    "INSERT INTO orchd_client_ids (message_id, author_id, client_id)"
    " SELECT message_id, author_id, client_id FROM orchd_client_ids_before",
    "DROP TABLE orchd_client_ids_before",
    NULL,
};

/* Up to which message somebody has read a channel. */
static const char *const read_marks[] = {
    "CREATE TABLE orchd_read_marks (user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE, message_id TEXT NOT NULL,"
    " updated_at TIMESTAMP(3) NOT NULL, PRIMARY KEY (user_id, channel_id))",
    NULL,
};

/* Written in the transaction that ends a turn. Tokens are counted from now on. */
static const char *const totals[] = {
    "CREATE TABLE orchd_totals (vp_id TEXT PRIMARY KEY, answered BIGINT NOT NULL, failed BIGINT NOT NULL,"
    " input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL)",
    "INSERT INTO orchd_totals (vp_id, answered, failed, input_tokens, output_tokens)"
    " SELECT vp_id, SUM(CASE WHEN state = 1 THEN 1 ELSE 0 END), SUM(CASE WHEN state = 2 THEN 1 ELSE 0 END), "
    "0, 0"
    " FROM orchd_turns WHERE state IN (1, 2) GROUP BY vp_id",
    NULL,
};

/* What the control room shows of the past; both bounded (statistics.h, daemon_events.h). A subject is an orchestrator or an
 * organization. */
#define SUMS_OF_A_TIME                                                                                       \
    " (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, at_ms BIGINT NOT NULL, answered BIGINT NOT NULL,"      \
    " failed BIGINT NOT NULL, input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,"                  \
    " longest_ms BIGINT NOT NULL, latencies TEXT NOT NULL)"

static const char *const past[] = {
    "CREATE TABLE orchd_minutes" SUMS_OF_A_TIME,
    "CREATE INDEX orchd_minutes_subject ON orchd_minutes (subject, at_ms)",
    "CREATE TABLE orchd_hours" SUMS_OF_A_TIME,
    "CREATE INDEX orchd_hours_subject ON orchd_hours (subject, at_ms)",
    "CREATE TABLE orchd_events (id INTEGER PRIMARY KEY, vp_id TEXT NOT NULL,"
    " created_at TIMESTAMP(3) NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, details TEXT)",
    "CREATE INDEX orchd_events_vp ON orchd_events (vp_id, id)",
    NULL,
};

/* What Neolith's table of sessions does not say. A session that is older than this table has no row until it is used. */
static const char *const whereabouts_of_sessions[] = {
    "CREATE TABLE orchd_sessions (session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,"
    " created_at TIMESTAMP(3), last_used_at TIMESTAMP(3) NOT NULL, client TEXT, address TEXT)",
    NULL,
};

const orch_migration orch__migrations[] = {
    {1, "tables", first},
    {2, "keys in time order", keys_in_time_order},
    {3, "read marks", read_marks},
    {4, "totals", totals},
    {5, "statistics and events of daemons", past},
    {6, "whereabouts of sessions", whereabouts_of_sessions},
    {7, "search", orch__search_schema},
};
const size_t orch__migrations_count = sizeof orch__migrations / sizeof orch__migrations[0];
