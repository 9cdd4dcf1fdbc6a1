"use client";
import { PasswordCard } from "@/components/account/PasswordCard";
import { PhoneCard } from "@/components/account/PhoneCard";
import { CardSkeleton } from "@/components/CardSkeleton";
import { LogoutButton } from "@/components/LogoutButton";
import { Loaded } from "@/components/Loaded";
import { PageFrame } from "@/components/PageFrame";
import { PageLink } from "@/components/PageLink";
import { Card } from "@/components/ui/Card";
import { FactList } from "@/components/ui/FactList";
import { RadioRow } from "@/components/ui/RadioRow";
import { useEnvironmentName } from "@/hooks/useEnvironment";
import { useLanguage, useText } from "@/hooks/useLanguage";
import { useWallet } from "@/hooks/useWallet";
import type { Me } from "@/lib/api";
import { accountMessages } from "@/lib/messages/account";
import { formatMaskedPhone } from "@/lib/phone";

/** The customer's own data, password, number and language. */
export function AccountView({ version }: { version: string }) {
  const text = useText(accountMessages);
  const wallet = useWallet();
  return (
    <PageFrame title={text("title")}>
      <Loaded resource={wallet} skeleton={<CardSkeleton lines={3} />}>
        {({ me }) => (
          <>
            <You me={me} />
            <PhoneCard phone={me.phone_number} />
            <PasswordCard username={me.phone_number} />
          </>
        )}
      </Loaded>
      <LanguageCard />
      <About version={version} />
    </PageFrame>
  );
}

function You({ me }: { me: Me }) {
  const text = useText(accountMessages);
  return (
    <Card title={text("you")}>
      <FactList
        facts={[
          [text("name"), me.full_name],
          [text("phone"), formatMaskedPhone(me.phone_number)],
          [text("identity"), text(`kyc_${me.kyc_status}`)],
        ]}
      />
      <PageLink
        href="/identity"
        className="inline-flex min-h-touch items-center font-semibold text-brand underline underline-offset-4"
      >
        {text("toIdentity")}
      </PageLink>
    </Card>
  );
}

function LanguageCard() {
  const text = useText(accountMessages);
  const { language, setLanguage } = useLanguage();
  return (
    <Card title={text("language")}>
      <RadioRow
        legend={text("language")}
        name="language"
        options={[
          { value: "en", label: text("english") },
          { value: "sw", label: text("kiswahili") },
        ]}
        chosen={language}
        onChoose={setLanguage}
      />
    </Card>
  );
}

function About({ version }: { version: string }) {
  const text = useText(accountMessages);
  const environment = useEnvironmentName();
  return (
    <Card title={text("about")}>
      <FactList
        facts={[
          [text("version"), version],
          [text("environment"), environment === null ? "–" : text(`environment_${environment}`)],
        ]}
      />
      <LogoutButton wide />
    </Card>
  );
}
