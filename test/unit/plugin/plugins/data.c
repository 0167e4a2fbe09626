/* run_child is no function. */
__attribute__((visibility("default"))) int run_child = 1;
