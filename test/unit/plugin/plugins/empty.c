/* There is no run_child. */
__attribute__((visibility("default"))) int somethingElse(void)
{
    return 0;
}
