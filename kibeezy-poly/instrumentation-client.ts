/** Next runs this before the page's own code, so that an error of the very first render is heard too. */
import { hearPageErrors } from "@/lib/pageErrors";

hearPageErrors();
