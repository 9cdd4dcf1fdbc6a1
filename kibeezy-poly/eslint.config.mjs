// Our ESLint rules: strict types, React's rules, accessibility, size limits, and which layer may
// import which.
import js from "@eslint/js";
import next from "@next/eslint-plugin-next";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import textAlone from "./lint/textAlone.mjs";

// app > components > features > ui > lib: each layer may import only those below it.
const LAYERS = ["app", "components", "features", "ui", "lib"];
const inLayer = (layer) => [`${layer}/**/*.ts`, `${layer}/**/*.tsx`];

// What each feature may import from other features: a whole feature through its index.ts, or one
// named file; never from a feature listed above it. Files are named because one index for
// everything would add the deposit sheet's texts to the first load of the wallet page (npm run
// budget).
const FEATURES = {
  account: ["auth", "privacy"],
  history: [
    "wallet/messages",
    "wallet/statusStyles",
    "wallet/DayList",
    "wallet/TransactionRow",
    "deposit/DepositReceipt",
    "deposit",
    "deposit/pageMessages",
  ],
  wallet: ["deposit", "limits", "paybill"],
  deposit: ["limits", "paybill", "paybill/views/HandPayment", "paybill/views/OpenClaims"],
  paybill: ["limits"],
  limits: [],
  identity: [],
  auth: ["privacy/version"],
  privacy: ["statement/file"],
  statement: [],
};

const above = (layer) => LAYERS.slice(0, LAYERS.indexOf(layer));

function forbidUpwardImports(layer, also = []) {
  const upper = above(layer).map((name) => ({
    group: [`@/${name}/*`, `@/${name}`],
    message: `${layer} may not import from ${name}.`,
  }));
  const tests = { group: ["@/test/*", "@/e2e/*"], message: "Code may not import tests." };
  const climbing = {
    regex: String.raw`^\.\.`,
    message: "Write @/ and the path: it names the layer.",
  };
  return {
    "@typescript-eslint/no-restricted-imports": [
      "error",
      { patterns: [...upper, tests, climbing, ...also] },
    ],
  };
}

/** The same rule for `import()`, which no-restricted-imports does not check. */
function forbidLazyUpwardImports(layer) {
  const upward = {
    selector: `ImportExpression[source.value=/^@.(${above(layer).join("|")})\\b/]`,
    message: `${layer} may not load from a layer above it; let that layer pass the loader down.`,
  };
  return {
    files: inLayer(layer),
    rules: { "no-restricted-syntax": ["error", FETCH, ENVIRONMENT, CONSOLE, upward] },
  };
}

function forbidOtherFeatures(feature, allowed) {
  const open = [`${feature}/`, ...allowed.map((other) => `${other}$`)];
  return {
    files: inLayer(`features/${feature}`),
    rules: forbidUpwardImports("features", [
      {
        regex: `^@/features/(?!${open.join("|")})`,
        message: `features/${feature} may import of other features only what FEATURES lists for it.`,
      },
    ]),
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
  ...LAYERS.slice(1).map(forbidLazyUpwardImports),
  {
    files: inLayer("features"),
    rules: forbidUpwardImports("features", [
      { regex: "^@/features/", message: "A new feature needs its line in FEATURES." },
    ]),
  },
  ...Object.entries(FEATURES).map(([feature, allowed]) => forbidOtherFeatures(feature, allowed)),
  {
    files: inLayer("ui"),
    rules: forbidUpwardImports("ui", [
      {
        group: ["@/lib/api", "@/lib/fetchWithAuth", "@/lib/useWallet"],
        message: "ui knows no API.",
      },
    ]),
  },
  {
    // The second file asks the page's own server for its build, not the API.
    files: ["lib/fetchWithAuth.ts", "lib/newBuild.ts"],
    rules: { "no-restricted-syntax": ["error", ENVIRONMENT, CONSOLE] },
  },
  { files: ["lib/env.ts"], rules: { "no-restricted-syntax": ["error", FETCH, CONSOLE] } },
  {
    files: LAYERS.flatMap((layer) => [`${layer}/**/*.tsx`]),
    ignores: ["**/*.test.tsx"],
    plugins: { kibeezy: { rules: { "text-alone": textAlone } } },
    rules: { "kibeezy/text-alone": "error" },
  },
  {
    // Catalogues of texts are exempt from the line limit: they are long tables.
    files: ["**/messages.ts", "**/*Messages.ts"],
    rules: { "max-lines": "off" },
  },
  {
    files: ["**/*.test.ts", "**/*.test.tsx", "test/**", "e2e/**", "*.config.ts", "scripts/**"],
    rules: {
      // Test files are exempt from the line limits, since they grow with their cases.
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
