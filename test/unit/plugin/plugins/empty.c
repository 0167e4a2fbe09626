/* There is no run_child. */
__attribute__((visibility("default"))) int something_else(void)
{
    return 0;
}
