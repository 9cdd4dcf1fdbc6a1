/**
 * The day of the notice's text, which the API has too (backend/users/privacy.py): a change of the
 * text takes a new date in both.
 */
export const NOTICE_VERSION = "2026-12-01";
