import type { authMessages } from "@/features/auth/messages";
import { PASSWORD_MIN_LENGTH } from "@/features/auth/password";
import { NOTICE_VERSION } from "@/features/privacy/version";
import { parsePhone } from "@/lib/phone";
import type { Text } from "@/lib/useLanguage";
import type { ReadField } from "@/ui/Form";

/** Reads the fields of the sign-up form, with a sentence for each that is wrong. */
export function readCustomer(read: ReadField, text: Text<typeof authMessages>) {
  const full_name = read("full_name").trim();
  const phone = parsePhone(read("phone_number"));
  const password = read("password");
  return {
    customer: {
      full_name,
      phone_number: phone ?? "",
      password,
      privacy_version: NOTICE_VERSION,
    },
    faults: {
      full_name: full_name === "" ? text("nameMissing") : null,
      phone_number: phone === null ? text("phoneWrong") : null,
      password: password.length < PASSWORD_MIN_LENGTH ? text("passwordShort") : null,
    },
  };
}
