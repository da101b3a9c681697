/** Files of this name hold tables of policy tests; `selvage apply` takes no resource from them. */
export const TABLE_FILE = /\.test\.ya?ml$/;
