/* Plugins with something wrong in the file itself. Built once for each kind in CMakeLists.txt. */
#include <clustermanager/plugin.h>

#if defined(FAULTY_OTHER_ABI)
CM_NOTE_SECTION static const struct cm_plugin_note note = {
    11u, 100u, CM_NOTE_PLUGIN, CM_NOTE_OWNER, CM_ABI_VERSION + 41u, "other_abi", "1.0"};
#elif !defined(FAULTY_NO_NOTE)
CM_PLUGIN("faulty", "1.0")
#endif

#if defined(FAULTY_DATA_RUN_CHILD)
CM_EXPORT int the_data = 3;
__asm__(".globl run_child\n.set run_child, the_data\n.type run_child, @object\n.size run_child, 4\n");
#elif defined(FAULTY_UNDEFINED)
extern int nowhereToBeFound(void);
CM_EXPORT int run_child(cm_context* context)
{
    context->ready(context);
    return nowhereToBeFound();
}
#elif defined(FAULTY_NEEDED)
extern int deliveredElsewhere(void);
CM_EXPORT int run_child(cm_context* context)
{
    context->ready(context);
    return deliveredElsewhere();
}
#elif defined(FAULTY_STATIC_TLS)
static __thread char room[1 << 22] __attribute__((tls_model("initial-exec")));
CM_EXPORT int run_child(cm_context* context)
{
    context->ready(context);
    room[context->child_id] = 1;
    return room[0];
}
#elif !defined(FAULTY_NO_RUN_CHILD)
CM_EXPORT int run_child(cm_context* context)
{
    context->ready(context);
    context->wait_stop(context, -1);
    return 0;
}
#endif
