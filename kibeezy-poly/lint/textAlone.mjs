// An ESLint rule: a text is the only child of its element.
//
// A browser's translator replaces text nodes by elements of its own. React then holds nodes that
// are no longer in the page: removing one, or inserting an element before it, throws, and a change
// of its text is not seen. A text that is an element's only child is safe, since React sets it
// through the element.
import ts from "typescript";

const TEXT = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike;

/** The children as React sees them: blank lines of the source are none. */
function listChildren({ children }) {
  return children.filter(
    (child) =>
      !(child.type === "JSXText" && /^\s*$/.test(child.value) && child.value.includes("\n")) &&
      !(child.type === "JSXExpressionContainer" && child.expression.type === "JSXEmptyExpression"),
  );
}

export default {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      alone:
        "A text beside other nodes breaks the page when the browser translates it: give it an element of its own.",
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;

    function mayBeText(child) {
      if (child.type === "JSXText") return true;
      return child.type === "JSXExpressionContainer" && givesText(child.expression);
    }

    function givesText(expression) {
      if (expression.type === "ConditionalExpression")
        return givesText(expression.consequent) || givesText(expression.alternate);
      if (expression.type === "LogicalExpression" && expression.operator === "&&")
        return givesText(expression.right);
      const type = services.getTypeAtLocation(expression);
      const parts = type.isUnion() ? type.types : [type];
      // A node that the caller passes (ReactNode) may be a text or an element. What comes out is
      // looked at in every state of every page (e2e/states/checks.ts).
      if (parts.some((part) => (part.flags & ts.TypeFlags.Object) !== 0)) return false;
      return parts.some((part) => (part.flags & TEXT) !== 0);
    }

    function check(node) {
      const children = listChildren(node);
      if (children.length < 2) return;
      for (const child of children)
        if (mayBeText(child)) context.report({ node: child, messageId: "alone" });
    }

    return { JSXElement: check, JSXFragment: check };
  },
};
