/* It needs a function that nobody has. */
struct cm_context;
int thisFunctionExistsNowhere(void);

__attribute__((visibility("default"))) int run_child(struct cm_context* context)
{
    (void)context;
    return thisFunctionExistsNowhere();
}
