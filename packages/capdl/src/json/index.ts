export { readCapdlJson, type JsonResult } from "./read-json.ts";
export { type JsonOptions, writeCapdlJson, type WrittenJson } from "./write-json.ts";
