/* What a plugin needs, and does not find where the host looks. */
int deliveredElsewhere(void);

int deliveredElsewhere(void)
{
    return 0;
}
