/* The binary contract between ClusterManager and a plugin. C, no library needed, and it only grows.
 *
 * A plugin is a shared object that exports
 *
 *     int run_child(cm_context* context);      required: the service; runs in each child's main thread
 *     int run_master(cm_context* context);     optional: runs once, in the master on a thread of its own,
 *                                              or (runMaster=isolated) in a process of its own
 *
 * and that says who it is with CM_PLUGIN("name", "version"), once, at file scope. The smallest complete
 * plugin:
 *
 *     #include <clustermanager/plugin.h>
 *
 *     CM_PLUGIN("smallest", "1.0")
 *
 *     CM_EXPORT int run_child(cm_context* context)
 *     {
 *         context->ready(context);
 *         context->wait_stop(context, -1);
 *         return 0;
 *     }
 *
 * How often each runs: run_child once in each child process; a restart is a new process. Neither is called
 * again in the same process, and a plugin is never unloaded. With preload=true (the default) the plugin's
 * constructors (C++ globals,
 * __attribute__((constructor))) run once in the process that forks the children, and must not start a thread
 * there.
 *
 * Every function takes the context it was given. It never throws, and may be called from any thread unless it
 * says otherwise, as long as run_child (run_master) has not returned. Strings given are UTF-8 and
 * NUL-terminated; strings returned belong to the host and stay valid to the end of the process.
 */
#ifndef CLUSTERMANAGER_PLUGIN_H
#define CLUSTERMANAGER_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Counts changes that an older plugin would not survive. Additions do not count: see cm_context.size. */
#define CM_ABI_VERSION 1u

#if defined(__GNUC__)
#define CM_EXPORT __attribute__((visibility("default")))
#else
#define CM_EXPORT
#endif

enum cm_role
{
    CM_ROLE_CHILD = 1, /* in run_child */
    CM_ROLE_MASTER = 2 /* in run_master */
};

enum cm_log_level
{
    CM_LOG_TRACE = 0,
    CM_LOG_DEBUG = 1,
    CM_LOG_INFO = 2,
    CM_LOG_WARN = 3,
    CM_LOG_ERROR = 4,
    CM_LOG_FATAL = 5
};

/* What calls answer. */
enum cm_result
{
    CM_OK = 0,
    CM_INVALID = -1,   /* an argument makes no sense: NULL, too long, not JSON, unknown child */
    CM_FULL = -2,      /* the queue to the other side is full: try later, nothing was taken */
    CM_GONE = -3,      /* the other side does not exist (any more) */
    CM_WRONG_ROLE = -4 /* not for this role: children() in a child, ready() in run_master */
};

/* Whom send() sends to: a child id from 1, or one of these. */
#define CM_TO_MASTER 0
#define CM_TO_ALL_CHILDREN (-1)

/* The largest message and the largest status, in bytes. */
#define CM_MESSAGE_MAX 32768u
#define CM_STATUS_MAX 32768u

enum cm_metric_kind
{
    CM_COUNTER = 0, /* only grows */
    CM_GAUGE = 1,
    CM_HISTOGRAM = 2
};

/* A metric of the plugin's own. Lives until the process ends. */
typedef struct cm_metric cm_metric;

/* How run_master sees one child. */
typedef struct cm_child_info
{
    int32_t id;
    uint32_t index; /* 0 to count-1 within the group */
    int32_t pid;    /* 0: no process */
    uint32_t restarts;
    uint32_t generation;
    uint32_t ready; /* 1 while it is ready */
    char state[16]; /* "starting", "ready", ...: the status' words */
} cm_child_info;

typedef struct cm_context cm_context;

typedef void (*cm_callback)(void* argument);
typedef void (*cm_message_callback)(void* argument, int32_t from, const void* data, size_t size);

struct cm_context
{
    uint32_t abi_version; /* CM_ABI_VERSION of the host */
    uint32_t size;        /* sizeof(struct cm_context) of the host: what lies beyond it does not exist */
    void* host;           /* the host's own */

    /* --- who am I; constant --- */

    int32_t role;     /* enum cm_role */
    int32_t child_id; /* CM_CHILD_ID: the same through restarts; 0 in run_master */
    uint32_t
        child_index;    /* CM_CHILD_INDEX: 0 to count-1 within the group; index 0 does what only one may do */
    uint32_t restarts;  /* CM_RESTART: 0 in the first run */
    int32_t is_restart; /* 1 where CM_RESTART is set */
    uint32_t generation; /* CM_GENERATION: one version of the plugin */
    const char* group;   /* CM_GROUP */

    /* --- configuration --- */

    /* The value of `key` in the plugin's own section ("greeting" for plugin.hello.greeting), or `fallback`.
     */
    const char* (*config)(const cm_context* context, const char* key, const char* fallback);

    /* Enumerates the section in order of keys: 1 and *key, *value for position 0, 1, ...; 0 past the end. */
    int (*config_at)(const cm_context* context, size_t position, const char** key, const char** value);

    /* --- listeners (children) --- */

    /* The listening socket of that name, or -1. It is non-blocking and shared with every other child: accept
     * until EAGAIN, and never shutdown() it. The host keeps it open: do not close it either. */
    int (*listener)(const cm_context* context, const char* name);

    /* Enumerates: 1 and *name, *fd for position 0, 1, ...; 0 past the end. */
    int (*listener_at)(const cm_context* context, size_t position, const char** name, int* fd);

    /* --- logging --- */

    /* Writes one record to this child's (the master's) log. `logger` may be NULL: the group's own logger. */
    void (*log)(const cm_context* context, int level, const char* logger, const char* text);

    /* 1 where a record of this level would be written now. */
    int (*log_enabled)(const cm_context* context, int level);

    /* --- life (children) --- */

    /* Start-up is done, requests can be served. Later calls do nothing. */
    void (*ready)(cm_context* context);

    /* The watchdog's heartbeat: call it from the loop that must not hang, at least once every watchdog_ms. It
     * costs next to nothing. ready() is the first one. From the stop on nobody waits for it. */
    void (*beat)(cm_context* context);

    /* Publishes this child's own status: one JSON value (UTF-8) of at most CM_STATUS_MAX bytes, nested at
     * most 16 deep, shown by the control port under this child. It is sent now where it changed, and with
     * each periodic report. CM_INVALID: it is no such value. */
    int (*report_status)(cm_context* context, const char* json);

    /* Asks to be replaced by a fresh process, as after a graceful restart. Returns at once; go on serving: a
     * stop follows when the replacement is there, and not before this process has served for minUptimeMs.
     * Later calls do nothing. */
    void (*recycle)(cm_context* context);

    /* --- stop --- */

    /* 1 once a stop is asked. Where the group has a drainDelayMs, a ready child goes on serving for so long
     * first, and learns of the stop after it. A stop means: accept nothing more, finish what you hold,
     * return.
     */
    int (*stop_requested)(const cm_context* context);

    /* Waits until a stop is asked, at most `timeout_ms` (negative: for ever). 1: asked, 0: timed out. */
    int (*wait_stop)(const cm_context* context, int64_t timeout_ms);

    /* A descriptor that becomes readable, and stays so, once a stop is asked. For poll, epoll, reactors. Do
     * not read it. */
    int (*stop_fd)(const cm_context* context);

    /* Calls back once when a stop is asked, on the host's runtime thread (at once, on this thread, where it
     * was asked already). Must return soon. It may still run when run_child returns: `argument` has to live
     * until the process ends. */
    int (*on_stop)(cm_context* context, cm_callback callback, void* argument);

    /* Registers an exit handler. They run last to first when run_child has returned, on its thread, and are
     * bounded by shutdownTimeoutMs from the moment the stop was asked. One that throws is logged; the others
     * run. */
    int (*at_exit)(cm_context* context, cm_callback callback, void* argument);

    /* --- messages between children and run_master --- */

    /* Child: to CM_TO_MASTER. Master: to one child id, or to CM_TO_ALL_CHILDREN of the group. Copied; never
     * blocks. */
    int (*send)(cm_context* context, int32_t to, const void* data, size_t size);

    /* Sets the receiver: one for each context. Runs on the host's runtime thread of this process, one message
     * at a time; in run_master on another thread than its own. Messages that came before are delivered first.
     * `from` is a child id or CM_TO_MASTER. NULL takes the receiver away. When this returns, the receiver
     * before is not running and will not be called, so that its argument may go (it waits for a call on
     * another thread: hold no lock which the receiver takes). No call begins after run_child (run_master)
     * has returned. */
    int (*on_message)(cm_context* context, cm_message_callback callback, void* argument);

    /* --- run_master only --- */

    /* Copies at most `capacity` children of the group, in order of id; returns how many there are. */
    size_t (*children)(const cm_context* context, cm_child_info* infos, size_t capacity);

    /* --- both --- */

    /* Tells why this process (this run_master) is about to end, in one line: logged as fatal, and shown by
     * the status next to the exit. It ends nothing: return from run_child (run_master) after it, with an exit
     * code that is not 0. */
    void (*fail)(cm_context* context, const char* reason);

    /* --- added later (children): look at `size` first where an older host is to run the plugin too --- */

    /* Adds `count` to the requests that this child has served. At maxRequests (up to a tenth before it, so
     * that children which started together do not end together) it is replaced, as by recycle(). */
    void (*count_requests)(cm_context* context, uint32_t count);

    /* Adds `change` to the requests or connections that this child holds now; never below 0. The status shows
     * it, and how it falls while the child drains. */
    void (*hold)(cm_context* context, int32_t change);

    /* The longest time without a beat(); 0: nobody waits for one. Constant. */
    uint32_t watchdog_ms;

    /* Adds `count` to the connections that this child has accepted. */
    void (*count_accepted)(cm_context* context, uint32_t count);

    /* --- metrics of the plugin's own, shown by GET /metrics as the plugin names them, with a label group ---
     */

    /* A metric by its name and labels, made where there is none yet; NULL where it cannot be, and the log
     * says why. `kind` is an enum cm_metric_kind. `labels` is NULL, or name, value, name, value, ..., NULL. A
     * histogram has the upper bounds of its buckets in ascending order in `buckets`, at most 30; the last
     * bucket, for all that is larger, comes by itself. At most 256 metrics in a process, 8 labels each.
     *
     * The host sums over the children of a group. What a counter or histogram has counted stays when the
     * child ends; a gauge goes with its child. A child reports with its status, and once more when run_child
     * has returned; what a child that crashes had counted since its last report is lost. */
    cm_metric* (*metric)(cm_context* context, int32_t kind, const char* name, const char* help,
                         const char* const* labels, const double* buckets, size_t bucket_count);

    /* These take NULL, which does nothing, as what fits neither the kind nor a finite number. They cost a few
     * nanoseconds, without a lock. A counter takes no negative `change`. */
    void (*metric_add)(cm_metric* metric, double change);    /* counter, gauge */
    void (*metric_set)(cm_metric* metric, double value);     /* gauge */
    void (*metric_observe)(cm_metric* metric, double value); /* histogram */
};

int run_child(cm_context* context);
int run_master(cm_context* context);

/* --- who the plugin is: an ELF note, so that the host knows before any of the plugin's code runs --- */

#define CM_NOTE_OWNER "ClusterMgr" /* 11 bytes with its NUL, padded to 12 */
#define CM_NOTE_PLUGIN 1u
#define CM_NOTE_POCO 2u

struct cm_plugin_note
{
    uint32_t owner_size;
    uint32_t body_size;
    uint32_t type; /* CM_NOTE_PLUGIN */
    char owner[12];
    uint32_t abi_version;
    char name[64];
    char version[32];
};

struct cm_poco_note
{
    uint32_t owner_size;
    uint32_t body_size;
    uint32_t type; /* CM_NOTE_POCO */
    char owner[12];
    uint32_t poco_version; /* POCO_VERSION: 0xAABBCCDD */
};

#define CM_NOTE_SECTION __attribute__((used, aligned(4), section(".note.clustermanager")))

/* Once in a plugin, at file scope. Both at most 63 and 31 bytes. */
#ifdef __cplusplus
#define CM_PLUGIN(plugin_name, plugin_version)                                                               \
    extern "C" {                                                                                             \
    extern CM_EXPORT const struct cm_plugin_note cm_plugin_info;                                             \
    CM_NOTE_SECTION const struct cm_plugin_note cm_plugin_info = {                                           \
        11u, 100u, CM_NOTE_PLUGIN, CM_NOTE_OWNER, CM_ABI_VERSION, plugin_name, plugin_version};              \
    }
#else
#define CM_PLUGIN(plugin_name, plugin_version)                                                               \
    extern CM_EXPORT const struct cm_plugin_note cm_plugin_info;                                             \
    CM_NOTE_SECTION const struct cm_plugin_note cm_plugin_info = {                                           \
        11u, 100u, CM_NOTE_PLUGIN, CM_NOTE_OWNER, CM_ABI_VERSION, plugin_name, plugin_version};
#endif

#ifdef __cplusplus
}
#endif

#endif
