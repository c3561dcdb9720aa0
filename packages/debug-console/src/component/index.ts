export { debugConsoleComponent, type DebugConsoleState } from "./debug-console-component.ts";
