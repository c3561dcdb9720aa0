export { springbok, type SpringbokOptions } from "./springbok.ts";
