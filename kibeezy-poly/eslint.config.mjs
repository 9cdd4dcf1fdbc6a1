// House rules as lint: strict types, React's rules, accessibility, sizes, and who may import whom.
import js from "@eslint/js";
import next from "@next/eslint-plugin-next";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

// app > components > hooks > lib: each layer may import only those below it.
const LAYERS = ["app", "components", "hooks", "lib"];
const inLayer = (layer) => [`${layer}/**/*.ts`, `${layer}/**/*.tsx`];

function forbidUpwardImports(layer, also = []) {
  const upper = LAYERS.slice(0, LAYERS.indexOf(layer)).map((name) => ({
    group: [`@/${name}/*`, `@/${name}`, `**/${name}/**`],
    message: `${layer} may not import from ${name}.`,
    // A hook may load a component's code lazily and name its type; it never renders one by itself.
    allowTypeImports: true,
  }));
  const tests = { group: ["@/test/*", "@/e2e/*"], message: "Code may not import tests." };
  return {
    "@typescript-eslint/no-restricted-imports": ["error", { patterns: [...upper, tests, ...also] }],
  };
}

const FETCH = {
  selector: "CallExpression[callee.name='fetch']",
  message: "Use lib/fetchWithAuth.ts.",
};
const ENVIRONMENT = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "Read the environment in lib/env.ts.",
};
const CONSOLE = {
  selector: "MemberExpression[object.name='console']",
  message: "Nothing is written to the console.",
};

export default defineConfig([
  globalIgnores([
    ".next/",
    "node_modules/",
    "coverage/",
    "test-results/",
    "playwright-report/",
    "gallery/",
    "next-env.d.ts",
    "types/api.ts",
  ]),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  reactHooks.configs.flat.recommended,
  jsxA11y.flatConfigs.strict,
  next.configs["core-web-vitals"],
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.mjs", "scripts/*.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 5],
      complexity: ["error", { max: 12, variant: "modified" }],
      "no-warning-comments": "error",
      "no-restricted-syntax": ["error", FETCH, ENVIRONMENT, CONSOLE],
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: false }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  ...LAYERS.map((layer) => ({ files: inLayer(layer), rules: forbidUpwardImports(layer) })),
  {
    files: inLayer("components/ui"),
    rules: forbidUpwardImports("components", [
      {
        group: ["@/lib/api", "@/lib/fetchWithAuth", "@/hooks/*"],
        message: "components/ui knows no API.",
      },
    ]),
  },
  {
    files: ["lib/fetchWithAuth.ts"],
    rules: { "no-restricted-syntax": ["error", ENVIRONMENT, CONSOLE] },
  },
  { files: ["lib/env.ts"], rules: { "no-restricted-syntax": ["error", FETCH, CONSOLE] } },
  {
    // A catalogue is a table, and a table of sentences is long.
    files: ["lib/messages/*.ts"],
    rules: { "max-lines": "off" },
  },
  {
    files: ["**/*.test.ts", "**/*.test.tsx", "test/**", "e2e/**", "*.config.ts", "scripts/**"],
    rules: {
      // A test file is a list of stories, as long as there are stories.
      "max-lines": "off",
      "max-lines-per-function": "off",
      "@typescript-eslint/no-restricted-imports": "off",
      "no-restricted-syntax": ["error", CONSOLE],
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { process: "readonly", URL: "readonly", fetch: "readonly", setTimeout: "readonly" },
    },
  },
]);
