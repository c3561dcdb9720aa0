export {
  securityCoordinatorComponent,
  type SecurityCoordinatorOptions,
  type SecurityCoordinatorState,
} from "./security-coordinator-component.ts";
