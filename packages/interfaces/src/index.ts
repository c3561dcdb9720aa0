export {
  defineInterface,
  type InterfaceDefinition,
  type RequestDefinition,
  type Transport,
} from "./define-interface.ts";
