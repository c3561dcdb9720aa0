export {
  securityCoordinatorComponent,
  type SecurityCoordinatorState,
} from "./security-coordinator-component.ts";
