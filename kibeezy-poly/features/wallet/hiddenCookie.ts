/** The cookie that says that the balance is hidden; for server and browser. */
export const HIDDEN_COOKIE = "balance_hidden";
