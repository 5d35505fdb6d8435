//! Signing in, against the simulated tenant's token endpoint.

use anteroom_exchange::Audience;

use crate::support::World;

#[tokio::test]
async fn a_token_says_who_it_was_given_to() {
    let world = World::contoso().await;
    let claims =
        world.reader.sign_in().claims(Audience::Exchange).await.expect("a token").expect("a web token");
    assert_eq!(claims.audience, "https://outlook.office365.com");
    assert!(claims.app_only);
    assert!(claims.roles.iter().any(|role| role == "Exchange.ManageAsApp"), "{claims:?}");
    let graph = world.reader.sign_in().claims(Audience::Graph).await.expect("a token").expect("a web token");
    assert_eq!(graph.audience, "https://graph.microsoft.com");
    assert_eq!(graph.tenant, claims.tenant);
}

#[tokio::test]
async fn other_crates_of_azure_use_the_same_sign_in() {
    let world = World::contoso().await;
    let credential = world.reader.sign_in().token_credential();
    let scope = ["https://graph.microsoft.com/.default"];
    let token = credential.get_token(&scope, None).await.expect("a token");
    assert_eq!(token.token, credential.get_token(&scope, None).await.expect("a token").token);
    assert!(!format!("{credential:?}").contains("tests-secret"));
}
