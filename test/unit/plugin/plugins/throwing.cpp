#include <stdexcept>

/// A constructor that throws while the plugin is loaded.
static const int kThrown = [] {
    if (true) throw std::runtime_error("no database");
    return 0;
}();

struct cm_context;
extern "C" __attribute__((visibility("default"))) int run_child(cm_context*)
{
    return kThrown;
}
