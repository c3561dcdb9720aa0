export { TOKEN_KINDS, type TokenKind } from "./classify.ts";
export {
  CapdlDocument,
  type EditorDiagnostic,
  type EditorHover,
  type EditorSymbol,
  type EditorToken,
} from "./document.ts";
export { type EditorPosition, type EditorRange } from "./text-positions.ts";
