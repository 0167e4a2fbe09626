/* It needs a function that nobody has. */
struct cm_context;
int this_function_exists_nowhere(void);

__attribute__((visibility("default"))) int run_child(struct cm_context* context)
{
    (void)context;
    return this_function_exists_nowhere();
}
