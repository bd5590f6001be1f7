// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

/* "gatehouse.store/1": records of declared kinds.
 *
 * A record has a key (tenant, partition, id), a version (1, 2, 3, ..) and values by position in its kind's field order.
 * A record may hold fewer values than the kind has fields: the missing ones are NULL (the kind has grown since). So it
 * is in what is put, where their fields must be nullable, and in what is delivered.
 *
 * BYTES. Keys may hold any bytes. GH_TEXT is UTF-8; a store may answer GH_INVALID to text that is not, or that holds a
 * NUL. A store takes values of at least 1 MiB; the text and bytes of the fields of one index are in one record together
 * at most 512 bytes, and GH_INVALID beyond.
 *
 * EXPIRY. A kind may name one GH_TIME field as its expiry. A record whose expiry is not NULL and <= call->now_us is
 * invisible: get and find do not see it, its unique keys are free, and a write that expects a version of it gets
 * GH_CONFLICT. It is deleted by purge() and by a put that takes its place: one that creates a record at its key, or one
 * that takes its value of a unique index. Nothing else deletes it, so a clock that jumps ahead and back loses nothing
 * else. A record may be put with an expiry that has passed, but no two of one commit with one unique key: GH_CONFLICT.
 *
 * NULL IN INDEXES. A record with NULL in any field of a unique index does not take part in that index's uniqueness.
 * In every index NULL sorts before all other values. Order is: integers and times numerically, false before true,
 * text and bytes by unsigned byte value, shorter first where one is a prefix of the other. No collation, no case
 * folding. Two records equal in all index fields are ordered by (partition, id).
 *
 * SCOPE. Every index, unique or not, and every query is inside one tenant. */

#ifdef __cplusplus
extern "C" {
#endif

#define GH_STORE_V1 "gatehouse.store/1"

/* ---- the schema ---- */

#define GH_FIELD_NULLABLE 1u
#define GH_FIELD_SENSITIVE 2u /* personal data or a digest: a store must not log or cache it elsewhere */

typedef struct gh_field {
  const char* name; /* snake_case, unique in its kind */
  uint32_t type;    /* GH_BOOL .. GH_BYTES */
  uint32_t flags;
} gh_field;

#define GH_INDEX_UNIQUE 1u

typedef struct gh_index {
  const char* name;       /* snake_case, unique in its kind */
  const uint32_t* fields; /* ordinals of gh_kind.fields */
  uint32_t field_count;   /* 1 to 4 */
  uint32_t flags;
} gh_index;

#define GH_KIND_APPEND_ONLY 1u /* records are put once with expected version 0 and never changed; purge may delete */

typedef struct gh_kind {
  const char* name; /* snake_case: "session" */
  const gh_field* fields;
  uint32_t field_count;
  uint32_t field_stride; /* sizeof(gh_field) of the host */
  const gh_index* indexes;
  uint32_t index_count;
  uint32_t index_stride; /* sizeof(gh_index) of the host */
  int32_t expiry_field;  /* ordinal of a GH_TIME field, or -1 */
  uint32_t flags;
} gh_kind;

typedef struct gh_schema {
  uint32_t struct_size;
  uint32_t version; /* grows by one with each released change */
  const gh_kind* kinds;
  uint32_t kind_count;
  uint32_t kind_stride;     /* sizeof(gh_kind) of the host */
  const uint32_t* assigned; /* ordinals of the kinds this store is to hold */
  uint64_t assigned_count;
} gh_schema;

/* ---- records ---- */

typedef struct gh_key {
  gh_slice tenant;    /* 1 to 64 bytes */
  gh_slice partition; /* 1 to 64 bytes: records of one partition can be committed together in every store */
  gh_slice id;        /* 1 to 128 bytes, unique for the kind inside (tenant, partition) */
} gh_key;

typedef struct gh_record {
  uint32_t struct_size;
  uint32_t value_count;
  int64_t version;
  gh_key key;
  const gh_value* values;
} gh_record;

/* Receives records during get and find. Return 0 for the next one, anything else to stop early. Must not call back
 * into the store. [the calling thread] */
typedef struct gh_record_sink {
  void* context;
  int32_t (*put)(void* context, const gh_record* record);
} gh_record_sink;

/* ---- get_many ---- */

#define GH_MOST_GETS 16u

typedef struct gh_get {
  uint32_t kind;     /* ordinal in the schema */
  uint32_t reserved; /* 0 */
  gh_key key;
} gh_get;

/* Receives records during get_many, each with the ordinal of the get it answers: in any order, for each get at most
 * one. Must not call back into the store. [the calling thread] */
typedef struct gh_get_sink {
  void* context;
  void (*put)(void* context, uint64_t get, const gh_record* record);
} gh_get_sink;

/* ---- find ---- */

#define GH_INDEX_KEY 0xFFFFFFFFu /* the key itself: its fields are (partition, id), both GH_TEXT */

#define GH_QUERY_DESCENDING 1u
#define GH_QUERY_COUNT_ONLY 2u /* no records, no cursor, only out->count; limit then caps the counting, 0: no cap */

/* A range holds no NULL, and its bounds are not NULL: NULL is found by equality. One that ends before it begins is
 * empty. */
#define GH_RANGE_NONE 0u
#define GH_RANGE_FROM 1u    /* value >= low */
#define GH_RANGE_BELOW 2u   /* value < high */
#define GH_RANGE_BETWEEN 3u /* low <= value < high */
#define GH_RANGE_PREFIX 4u  /* text or bytes that begin with low.s */

typedef struct gh_query {
  uint32_t struct_size;
  uint32_t kind;  /* ordinal in the schema */
  uint32_t index; /* ordinal in the kind, or GH_INDEX_KEY */
  uint32_t flags;
  gh_slice tenant;
  const gh_value* equals; /* for the leading fields of the index, in order */
  uint32_t equals_count;  /* 0 to field_count */
  uint32_t range;         /* GH_RANGE_*, on the field after the equal ones */
  gh_value low;
  gh_value high;
  uint32_t limit;    /* most records to deliver, 1 to 1000 */
  uint32_t reserved; /* 0 */
  gh_slice cursor;   /* empty, or what a former page gave; only valid with the same query, the limit apart */
} gh_query;

/* A cursor is a position, not a snapshot: the next page holds exactly the records that are there then and sort after
 * the last one delivered, which itself may be gone or elsewhere by then. It is opaque, at most 1024 bytes, and a store
 * answers GH_INVALID to one it cannot read. */
typedef struct gh_find_out {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t count; /* records delivered, or counted */
  /* Called at most once, and only when more records may follow: after a full page, or where the record sink said stop.
   * May hold a NULL function. */
  gh_bytes_sink cursor;
} gh_find_out;

/* ---- commit ---- */

#define GH_WRITE_PUT 1u
#define GH_WRITE_DELETE 2u

typedef struct gh_write {
  uint32_t op;
  uint32_t kind;
  gh_key key;
  /* The version the record must have now; 0: it must not exist (put only). The new version is this plus one: a key that
   * was deleted begins at 1 again. */
  int64_t expected_version;
  const gh_value* values; /* put: the whole record */
  uint32_t value_count;
  uint32_t reserved; /* 0 */
} gh_write;

#define GH_CONFLICT_VERSION 1u /* the record has another version, is gone or, for 0, exists */
#define GH_CONFLICT_UNIQUE 2u  /* another record holds these values of a unique index */

typedef struct gh_commit_out {
  uint32_t struct_size;
  uint32_t reserved;
  /* Filled on GH_CONFLICT: which write lost (its ordinal), why, and for GH_CONFLICT_UNIQUE which index. Where several
   * things stood in the way, any one of them. */
  uint32_t failed_write;
  uint32_t conflict;
  uint32_t unique_index;
  uint32_t reserved2;
} gh_commit_out;

/* ---- the table ---- */

#define GH_STORE_CROSS_PARTITION 1u /* a commit may span partitions */
#define GH_STORE_DURABLE 2u         /* a commit answered GH_OK survives kill -9 of host and backend */
#define GH_STORE_SHARED 4u          /* several hosts may use the same backend at once */

typedef struct gh_store_v1 {
  uint32_t struct_size;
  uint32_t flags;

  /* Take the schema. The store copies what it needs and checks that it can hold the assigned kinds, all of them.
   * GH_OK; GH_UNSUPPORTED or GH_INVALID with explain() saying which kind and what to do (for instance which command
   * migrates); GH_UNAVAILABLE, GH_TIMEOUT. Called once, after start and before any other verb.
   * [control-thread, blocking, honours call->deadline_ns] */
  gh_status (*open)(gh_instance* self, const gh_call* call, const gh_schema* schema);

  /* Deliver one record to the sink. GH_OK: delivered. GH_NOT_FOUND: no such record, or it has expired.
   * Reads see every commit that was answered GH_OK before the get began (linearizable).
   * GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED: not delivered. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*get)(gh_instance* self, const gh_call* call, uint32_t kind, const gh_key* key,
                   const gh_record_sink* sink);

  /* Deliver the records of one index range in order, as many as the limit as long as there are so many. Each record is
   * delivered whole, as some commit left it; records changed while the call runs are delivered in their old or new
   * state, never twice, never torn, and never missed because they moved. The records of one page that lie in one
   * partition are of one moment: a commit there is seen whole or not at all. Counting counts each record once alike.
   * GH_INVALID: no such index, types that do not fit, unreadable cursor. GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED:
   * what was delivered so far is to be thrown away. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*find)(gh_instance* self, const gh_call* call, const gh_query* query, const gh_record_sink* sink,
                    gh_find_out* out);

  /* Apply all writes or none, linearizable, 1 to 64 of them, no key twice. GH_OK: all are there, and durable as the
   * plugin documents. GH_CONFLICT: none happened, *out says why; unique keys are judged against the state after all
   * writes, so a key may move from one record to another in one commit. A put never recreates a record that is gone:
   * with expected_version > 0 it gets GH_CONFLICT. GH_INVALID: types, sizes, an unknown kind, a repeated key, a delete
   * that expects version 0, a change of an append-only record. GH_UNSUPPORTED: several partitions where the store has
   * no GH_STORE_CROSS_PARTITION.
   * GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED: nothing happened. GH_IN_DOUBT: all or none happened; the caller reads
   * back. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*commit)(gh_instance* self, const gh_call* call, const gh_write* writes, uint64_t write_count,
                      uint64_t write_stride, gh_commit_out* out);

  /* Delete up to `limit` records of a kind, of any tenant, whose expiry is not NULL and < before_us, whatever
   * call->now_us is, append-only or not. *deleted says how many; fewer than limit: none are left. GH_UNSUPPORTED: the
   * kind has no expiry. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*purge)(gh_instance* self, const gh_call* call, uint32_t kind, int64_t before_us, uint32_t limit,
                     uint64_t* deleted);

  /* Is the backend ready to serve now? GH_OK, GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED.
   * [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*ping)(gh_instance* self, const gh_call* call);

  /* Optional: may be NULL, or behind the end of the table; the host then asks with one get for each.
   * Deliver several records, of any kinds and keys, in as few journeys to the backend as can be. 1 to GH_MOST_GETS
   * gets; several may name the same key, and each is answered. GH_OK, whatever was found: what is missing or has
   * expired is not delivered. Each record is as a get of its own would deliver it (linearizable). Between them nothing
   * is promised: of a commit that is made meanwhile one record may be seen as it was before and another as it is after,
   * also in one partition. GH_INVALID: no gets or too many, an unknown kind, a key that cannot be. GH_INVALID,
   * GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED: what was delivered so far is to be thrown away. [any-thread, blocking,
   * honours call->deadline_ns] */
  gh_status (*get_many)(gh_instance* self, const gh_call* call, const gh_get* gets, uint64_t get_count,
                        uint64_t get_stride, const gh_get_sink* sink);
} gh_store_v1;

#ifdef __cplusplus
}
#endif
