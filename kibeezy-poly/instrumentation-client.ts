/**
 * Listens for errors of the page. Next runs this file before the page's code, so that errors of the
 * first render are reported too.
 */
import { hearPageErrors } from "@/lib/pageErrors";

hearPageErrors();
