/** Globals that read a clock, randomness, the locale or the host. */
const GLOBALS = new Set([
  "Date",
  "Intl",
  "Promise",
  "performance",
  "crypto",
  "process",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "requestAnimationFrame",
  "fetch",
]);
/** Functions whose results differ between engines, or are random. */
const MATH = new Set([
  "random",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "atan2",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "exp",
  "expm1",
  "log",
  "log1p",
  "log10",
  "pow",
  "cbrt",
  "hypot",
]);
const LOCALE_METHODS = new Set([
  "localeCompare",
  "toLocaleString",
  "toLocaleDateString",
  "toLocaleTimeString",
  "toLocaleUpperCase",
  "toLocaleLowerCase",
]);

/** A run is a function of its image, configuration and input log. */
export default {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      host: "`{{name}}` makes a run depend on its host. Take it as an option at the outermost layer.",
      asynchronous: "Promises make a run depend on the host's scheduling. Use tasks.",
      mutable: "A module holds no mutable state: two machines run side by side in one process.",
    },
  },
  create(context) {
    const report = (node, name) => context.report({ node, messageId: "host", data: { name } });
    return {
      Program(node) {
        const scope = context.sourceCode.getScope(node);
        // What a lib declares is a variable without a definition; everything else is unresolved.
        const declared = [...GLOBALS].flatMap((name) => {
          const variable = scope.set.get(name);
          return variable?.defs.length === 0 ? variable.references : [];
        });
        for (const { identifier, isValueReference } of new Set([...scope.through, ...declared])) {
          if (GLOBALS.has(identifier.name) && isValueReference !== false)
            report(identifier, identifier.name);
        }
        for (const statement of node.body) {
          const declaration =
            statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
          if (declaration?.type === "VariableDeclaration" && declaration.kind !== "const") {
            context.report({ node: declaration, messageId: "mutable" });
          }
        }
      },
      MemberExpression(node) {
        if (node.property.type !== "Identifier" || node.computed) return;
        const { name } = node.property;
        if (node.object.type === "Identifier" && node.object.name === "Math" && MATH.has(name)) {
          report(node, `Math.${name}`);
        }
        if (LOCALE_METHODS.has(name)) report(node, name);
      },
      "FunctionDeclaration[async=true], FunctionExpression[async=true], ArrowFunctionExpression[async=true]"(
        node,
      ) {
        context.report({ node, messageId: "asynchronous" });
      },
    };
  },
};
