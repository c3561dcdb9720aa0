import { ESLintUtils } from "@typescript-eslint/utils";

/** Name of the interface that only step ends have in common with nothing else. */
const STEP_END_KINDS = ["ecall", "pause", "touch-fault"];

/** Whether the type is `Task<T>`: an iterable of step ends. */
function isTask(type, checker) {
  if (type.isUnion()) return type.types.some((part) => isTask(part, checker));
  for (const argument of typeArguments(type, checker)) {
    if (isStepEnd(argument, checker)) return true;
  }
  return false;
}

function typeArguments(type, checker) {
  const own = type.aliasTypeArguments ?? [];
  const reference = "target" in type ? checker.getTypeArguments(type) : [];
  return [...own, ...reference];
}

function isStepEnd(type, checker) {
  const parts = type.isUnion() ? type.types : [type];
  return parts.some((part) => {
    const kind = part.getProperty("kind");
    if (kind === undefined) return false;
    const kindType = checker.getTypeOfSymbol(kind);
    const literals = kindType.isUnion() ? kindType.types : [kindType];
    return literals.some(
      (literal) => literal.isStringLiteral() && STEP_END_KINDS.includes(literal.value),
    );
  });
}

/** A call that returns a `Task` does nothing until it is consumed. */
export default ESLintUtils.RuleCreator.withoutDocs({
  meta: {
    type: "problem",
    schema: [],
    messages: {
      floating: "This task is never run. Consume it with `yield*`, return it or pass it on.",
      plainYield: "`yield` hands the task out without running it. Use `yield*`.",
    },
  },
  defaultOptions: [],
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    const checker = services.program.getTypeChecker();
    const isTaskNode = (node) => isTask(services.getTypeAtLocation(node), checker);
    return {
      ExpressionStatement(node) {
        const floating = floatingIn(node.expression).find(isTaskNode);
        if (floating !== undefined) context.report({ node: floating, messageId: "floating" });
      },
      YieldExpression(node) {
        if (!node.delegate && node.argument !== null && isTaskNode(node.argument)) {
          context.report({ node, messageId: "plainYield" });
        }
      },
      UnaryExpression(node) {
        if (node.operator === "void" && isTaskNode(node.argument))
          context.report({ node, messageId: "floating" });
      },
    };
  },
});

/** The expressions whose value a statement throws away. */
function floatingIn(expression) {
  switch (expression.type) {
    case "ConditionalExpression":
      return [...floatingIn(expression.consequent), ...floatingIn(expression.alternate)];
    case "LogicalExpression":
      return floatingIn(expression.right);
    case "SequenceExpression":
      return expression.expressions.flatMap(floatingIn);
    case "CallExpression":
    case "Identifier":
    case "MemberExpression":
      return [expression];
    case "ChainExpression":
      return floatingIn(expression.expression);
    default:
      return [];
  }
}
