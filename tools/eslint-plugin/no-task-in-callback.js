/** Methods of arrays (and of maps and sets) that call their argument and do not know tasks. */
const METHODS = new Set([
  "every",
  "filter",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
  "flatMap",
  "forEach",
  "map",
  "reduce",
  "reduceRight",
  "some",
  "sort",
  "toSorted",
]);

/** `yield*` cannot cross a callback: a generator given to an array method is made and never run. */
export default {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      callback: "`{{method}}` does not run a generator. Use forEachTask, mapTask or a loop.",
    },
  },
  create(context) {
    return {
      CallExpression(node) {
        const { callee } = node;
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        const method = callee.property.name;
        if (!METHODS.has(method)) return;
        for (const argument of node.arguments) {
          if (argument.type === "FunctionExpression" && argument.generator) {
            context.report({ node: argument, messageId: "callback", data: { method } });
          }
        }
      },
    };
  },
};
