export { processManagerComponent } from "./component.ts";
