export { AppRegistry, type RegisteredApp } from "./app-registry.ts";
export { describeFault, type FaultLine, FIRST_REQUEST_LABEL } from "./fault-report.ts";
