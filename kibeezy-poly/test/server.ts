import { setupServer } from "msw/node";
import { accountHandlers } from "./accountHandlers";
import { handlers } from "./handlers";

export const server = setupServer(...handlers, ...accountHandlers);
