/** Next runs this before the page's code, so that errors of the first render are reported too. */
import { hearPageErrors } from "@/lib/pageErrors";

hearPageErrors();
