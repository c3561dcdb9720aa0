export { uartDriverComponent, type UartDriverState } from "./uart-driver-component.ts";
