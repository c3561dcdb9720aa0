export { AppRegistry, type RegisteredApp } from "./app-registry.ts";
export { AppTimers, type Expiry } from "./app-timers.ts";
export { describeFault, type FaultLine, FIRST_REQUEST_LABEL } from "./fault-report.ts";
export { LOG_BUDGET_BYTES, LOG_WINDOW_TICKS, LogBudget } from "./log-budget.ts";
