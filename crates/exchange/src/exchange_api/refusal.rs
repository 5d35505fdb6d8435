//! Why Exchange refuses, from what it sends: the exception's type first, then its words.

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use serde::Deserialize;
use serde_json::Value;

use crate::connection::Reply;
use crate::rights::{self, MANAGE};

/// The failure that a plain answer tells; none where it is a success.
pub(super) fn of_reply(reply: &Reply) -> Option<Failure> {
    let is_success = (200..300).contains(&reply.status);
    (!is_success).then(|| of_answer(reply.status, &reply.body, &|name| reply.header(name)))
}

/// The failure that a refused answer tells: HTTP status, body, and headers by their names.
pub(super) fn of_answer<'h>(
    status: u16,
    body: &[u8],
    header: &dyn Fn(&'static str) -> Option<&'h str>,
) -> Failure {
    let mut told = told(body);
    if let Some(exception) = header("x-exceptiontype") {
        // The type stands in a header too, also where the body is no JSON.
        let told = told.get_or_insert_with(Told::default);
        if told.exception.is_empty() {
            exception.clone_into(&mut told.exception);
        }
    }
    let refusal = classify(status, told.as_ref());
    let words = told.map(|told| told.message).filter(|message| !message.trim().is_empty());
    // A refused caller gets a body of NUL bytes; the reason stands in a header.
    let reason = || header("x-ms-diagnostics").and_then(diagnosis);
    let challenge = || header("www-authenticate").and_then(|text| field(text, "error_description"));
    let message = words.unwrap_or_else(|| match reason().or_else(challenge) {
        Some(reason) => format!("{}: {reason}", plain_words(status)),
        None => plain_words(status).to_owned(),
    });
    let request_id = header("request-id").or_else(|| header("x-ms-request-id")).map(str::to_owned);
    Failure { refusal, message: one_line(&message), request_id, hint: None }
}

/// The reason in `2000008;reason="The token has expired.";error_category="token_lifetime"`.
fn diagnosis(header: &str) -> Option<String> {
    field(header, "reason").or_else(|| Some(header.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// The value of `name="value"` in a header.
fn field(header: &str, name: &str) -> Option<String> {
    let start = header.find(&format!("{name}=\""))? + name.len() + 2;
    let (value, _) = header.get(start..)?.split_once('"')?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn plain_words(status: u16) -> &'static str {
    match status {
        401 => "the service does not accept the token (HTTP 401)",
        403 => "the service denies access (HTTP 403)",
        404 => "there is no such address at the service (HTTP 404)",
        429 => "the service asks to slow down (HTTP 429)",
        500..=599 => "the service failed (HTTP 5xx)",
        _ => "the service refused the request without a reason",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the body says.
#[derive(Default)]
struct Told {
    exception: String,
    message: String,
}

#[derive(Deserialize)]
struct Body {
    error: ErrorBody,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    message: Option<String>,
    details: Option<Vec<Detail>>,
    innererror: Option<Inner>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    message: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner {
    internalexception: Option<Exception>,
    #[serde(rename = "type")]
    exception: Option<String>,
    message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Exception {
    message: Option<String>,
    #[serde(rename = "type")]
    exception: Option<String>,
}

fn told(body: &[u8]) -> Option<Told> {
    let Body { error } = serde_json::from_slice(body).ok()?;
    let detail =
        error.details.unwrap_or_default().into_iter().find_map(|detail| detail_told(&detail.message?));
    let inner = error.innererror.unwrap_or_default();
    let internal = inner.internalexception.unwrap_or_default();
    let (detail_exception, detail_message) =
        detail.map_or((None, None), |told| (Some(told.exception), Some(told.message)));
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let message = filled(internal.message)
        .or(filled(detail_message))
        .or(filled(inner.message))
        .or(filled(error.message));
    let exception = filled(internal.exception).or(filled(detail_exception)).or(filled(inner.exception));
    Some(Told { exception: exception.unwrap_or_default(), message: message.unwrap_or_default() })
}

/// `Ex6F9304|Type|text`, or JSON with `Message` and `TypeName`, as text or as an object.
fn detail_told(message: &Value) -> Option<Told> {
    let nested = |value: &Value| {
        let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Told { exception: field("TypeName").unwrap_or_default(), message: field("Message")? })
    };
    let text = match message {
        Value::String(text) => text,
        other => return nested(other),
    };
    if text.trim_start().starts_with('{')
        && let Some(told) = serde_json::from_str(text).ok().as_ref().and_then(nested)
    {
        return Some(told);
    }
    let mut parts = text.splitn(3, '|');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(exception), Some(words)) => {
            Some(Told { exception: exception.to_owned(), message: words.to_owned() })
        }
        _ => Some(Told { exception: String::new(), message: text.clone() }),
    }
}

/// Ends of exception types. An answer's type decides before its words do: what passes is also answered with 400.
///
/// Facts: the classes of `Microsoft.Exchange.*`, of which all that end in `TransientException` derive from one of that
/// name; `UnableToWriteToAadException` says that Exchange could not write to Entra; `ServerInMMException` that a domain
/// controller is being maintained.
const EXCEPTIONS: &[(&str, Refusal)] = &[
    ("ManagementObjectNotFoundException", Refusal::NotFound),
    ("ADObjectAlreadyExistsException", Refusal::AlreadyExists),
    ("ProxyAddressExistsException", Refusal::AlreadyExists),
    ("MemberAlreadyExistsException", Refusal::AlreadyMember),
    ("MemberNotFoundException", Refusal::NotMember),
    ("CmdletInvalidOperationInDehydratedContextException", Refusal::Dehydrated),
    ("InvalidOperationInDehydratedContextException", Refusal::Dehydrated),
    ("ParameterBindingException", Refusal::Invalid),
    ("AmbiguousParameterSetException", Refusal::Invalid),
    ("ParameterBindingValidationException", Refusal::Invalid),
    ("CmdletAccessDeniedException", Refusal::Forbidden),
    ("TransientException", Refusal::Transient),
    ("TransientErrorException", Refusal::Transient),
    ("UnableToWriteToAadException", Refusal::Transient),
    ("SuitabilityDirectoryException", Refusal::Transient),
    ("ServerInMMException", Refusal::Transient),
    ("TimeoutException", Refusal::Transient),
    ("ServiceUnavailableException", Refusal::Transient),
    ("ServerBusyException", Refusal::Throttled),
    ("OverBudgetException", Refusal::Throttled),
];

/// Words, in lower case, in the order in which they are looked for.
const WORDS: &[(&str, Refusal)] = &[
    ("is already a member of the group", Refusal::AlreadyMember),
    ("isn't a member of the group", Refusal::NotMember),
    ("is not a member of the group", Refusal::NotMember),
    ("already enabled for customization", Refusal::AlreadyEnabled),
    ("enable-organizationcustomization", Refusal::Dehydrated),
    ("it's being used by", Refusal::InUse),
    ("is being used by the following management role assignments", Refusal::InUse),
    ("couldn't be found", Refusal::NotFound),
    ("could not be found", Refusal::NotFound),
    ("already exists", Refusal::AlreadyExists),
    ("already being used", Refusal::AlreadyExists),
    ("maximum number of concurrent requests", Refusal::Throttled),
    ("server is busy", Refusal::Throttled),
    ("a transient", Refusal::Transient),
    ("may be transient", Refusal::Transient),
    ("server side error", Refusal::Transient),
];

fn classify(status: u16, told: Option<&Told>) -> Refusal {
    match status {
        401 => return Refusal::Unauthorized,
        403 => return Refusal::Forbidden,
        429 => return Refusal::Throttled,
        408 | 502..=504 => return Refusal::Transient,
        _ => {}
    }
    // Without the service's own words a 404 says only that some machine on the way knows no such address.
    let Some(told) = told else { return if status >= 500 { Refusal::Transient } else { Refusal::Other } };
    let words = told.message.to_lowercase();
    // "Already enabled" and "still in use" come with a type that means many things.
    let exact = EXCEPTIONS.iter().find(|(end, _)| told.exception.ends_with(end));
    if let Some((_, refusal)) = exact {
        return *refusal;
    }
    if let Some((_, refusal)) = WORDS.iter().find(|(text, _)| words.contains(text)) {
        return *refusal;
    }
    match status {
        500.. => Refusal::Transient,
        400 => Refusal::Invalid,
        _ => Refusal::Other,
    }
}

/// The failure with what to do about it, where the cmdlet tells more than the answer.
pub(super) fn with_hint(mut failure: Failure, cmdlet: &str) -> Failure {
    if failure.hint.is_none() {
        failure.hint = match failure.refusal {
            Refusal::Forbidden => Some(forbidden_hint(cmdlet)),
            Refusal::Unauthorized => Some(format!(
                "the caller needs the application permission {} of Office 365 Exchange Online, with admin consent; \
                 check the credentials",
                MANAGE.least
            )),
            Refusal::Dehydrated => {
                Some("add `organization: { customization: enabled }` to the manifest".to_owned())
            }
            Refusal::Throttled | Refusal::Transient => Some("try again later".to_owned()),
            _ => None,
        };
    }
    failure
}

/// Which role a refused cmdlet needs. The service answers alike about cmdlets that there are not.
fn forbidden_hint(cmdlet: &str) -> String {
    let rights = rights::of_cmdlet(cmdlet);
    let holder = "the Entra role Exchange Administrator";
    if rights.is_empty() {
        return format!(
            "the service has no cmdlet {cmdlet}, or the caller has no role for it; {holder} holds most of them"
        );
    }
    let named: Vec<String> = rights.iter().map(|right| format!("{} to {}", right.least, right.to)).collect();
    format!("the caller needs the Exchange role {}; {holder} holds it", named.join(", and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(detail: &str) -> String {
        serde_json::json!({ "error": { "code": "BadRequest", "message": "Error executing cmdlet",
            "details": [{ "code": "Context", "target": "", "message": detail }] } })
        .to_string()
    }

    fn refusal(status: u16, body: &str) -> (Refusal, String) {
        let failure = of_answer(status, body.as_bytes(), &|_| None);
        (failure.refusal, failure.message)
    }

    #[test]
    fn both_forms_of_details_are_read() {
        let bars = body(
            "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'x' couldn't be found on 'y'.",
        );
        let text = "The operation couldn't be performed because object 'x' couldn't be found on 'y'.";
        assert_eq!(refusal(404, &bars), (Refusal::NotFound, text.to_owned()));
        assert_eq!(refusal(400, &bars).0, Refusal::NotFound);
        let nested = body(
            r#"{"Message":"It is\r\n gone","TypeName":"A.ManagementObjectNotFoundException","StackTrace":null}"#,
        );
        assert_eq!(refusal(400, &nested), (Refusal::NotFound, "It is gone".to_owned()));
    }

    #[test]
    fn the_type_decides_before_the_words_do() {
        let text =
            body("Ex1|X.ADObjectAlreadyExistsException|The object couldn't be found, no: it is there.");
        assert_eq!(refusal(400, &text).0, Refusal::AlreadyExists);
        let transient = body("Ex1|X.ADTransientException|Try again.");
        assert_eq!(refusal(400, &transient).0, Refusal::Transient);
        let internal = r#"{"error":{"message":"Error","innererror":{"message":"m","type":"t","internalexception":
            {"message":"Inside","type":"X.MemberAlreadyExistsException"}}}}"#;
        assert_eq!(refusal(400, internal), (Refusal::AlreadyMember, "Inside".to_owned()));
    }

    #[test]
    fn words_decide_where_the_type_means_many_things() {
        for (words, expected) in [
            ("The recipient \"a\" is already a member of the group \"b\".", Refusal::AlreadyMember),
            ("The recipient \"a\" isn't a member of the group \"b\".", Refusal::NotMember),
            (
                "This operation is not required. Organization is already enabled for customization.",
                Refusal::AlreadyEnabled,
            ),
            (
                "The command you tried to run isn't currently allowed in your organization. To run this command, you first \
              need to run the command: Enable-OrganizationCustomization.",
                Refusal::Dehydrated,
            ),
            (
                "The scope \"s\" can't be removed because it's being used by the following management role assignments: a.",
                Refusal::InUse,
            ),
            ("The management scope \"s\" already exists.", Refusal::AlreadyExists),
            ("Something else is wrong.", Refusal::Invalid),
        ] {
            let text = body(&format!("Ex1|System.InvalidOperationException|{words}"));
            assert_eq!(refusal(400, &text).0, expected, "{words}");
        }
    }

    #[test]
    fn a_404_without_words_is_not_an_absent_object() {
        assert_eq!(refusal(404, "<html>Not Found</html>").0, Refusal::Other);
        assert_eq!(refusal(404, "").0, Refusal::Other);
        assert_eq!(refusal(503, "").0, Refusal::Transient);
    }

    fn with_headers(status: u16, body: &[u8], headers: &[(&str, &str)]) -> Failure {
        of_answer(status, body, &|name| {
            headers.iter().find(|(other, _)| *other == name).map(|(_, text)| *text)
        })
    }

    #[test]
    fn a_refused_caller_hears_the_reason_from_the_header() {
        let headers = [
            ("x-ms-diagnostics", "2000008;reason=\"The role is not assigned.\";error_category=\"x\""),
            ("request-id", "id-1"),
        ];
        let failure = with_headers(403, &[0u8; 40], &headers);
        assert_eq!(failure.refusal, Refusal::Forbidden);
        assert_eq!(failure.message, "the service denies access (HTTP 403): The role is not assigned.");
        assert_eq!(failure.request_id.as_deref(), Some("id-1"));
        let hint = |cmdlet: &str| with_hint(failure.clone(), cmdlet).hint.unwrap_or_default();
        assert!(hint("New-ManagementScope").contains("Role Management"));
        assert!(hint("Add-DistributionGroupMember").contains("Security Group Creation and Membership"));
        assert!(hint("Get-Nothing").contains("has no cmdlet Get-Nothing, or"));
        let bare = with_headers(403, b"", &[("x-ms-diagnostics", "4000000")]);
        assert!(bare.message.ends_with("(HTTP 403): 4000000"), "{}", bare.message);
    }

    #[test]
    fn a_refused_token_is_told_why() {
        let challenge =
            "Bearer client_id=\"1\", error=\"invalid_token\", error_description=\"The token has expired\"";
        let failure = with_headers(401, b"", &[("www-authenticate", challenge)]);
        assert_eq!(failure.refusal, Refusal::Unauthorized);
        assert!(failure.message.ends_with("(HTTP 401): The token has expired"), "{}", failure.message);
        let plain = with_headers(401, b"", &[("www-authenticate", "Bearer realm=\"\"")]);
        assert_eq!(plain.message, "the service does not accept the token (HTTP 401)");
        assert!(with_hint(plain, "Get-X").hint.is_some_and(|hint| hint.contains("Exchange.ManageAsApp")));
    }

    #[test]
    fn what_passes_is_told_by_its_type_whatever_the_status() {
        for exception in [
            "Microsoft.Exchange.Data.Directory.ADTransientException",
            "Microsoft.Exchange.Data.Storage.StorageTransientException",
            "Microsoft.Exchange.Configuration.DualWrite.LocStrings.UnableToWriteToAadException",
            "System.TimeoutException",
        ] {
            assert_eq!(
                refusal(400, &body(&format!("Ex1|{exception}|Words."))).0,
                Refusal::Transient,
                "{exception}"
            );
            let from_header = with_headers(400, b"not JSON", &[("x-exceptiontype", exception)]);
            assert_eq!(from_header.refusal, Refusal::Transient, "{exception}");
        }
        let busy = body(
            "Ex1|X.Y|You have reached the maximum number of concurrent requests per tenant. Please wait and try again",
        );
        assert_eq!(refusal(400, &busy).0, Refusal::Throttled);
    }
}
