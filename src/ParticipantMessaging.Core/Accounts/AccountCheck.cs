using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Accounts;

/// <summary>What the service says of a token.</summary>
/// <param name="Id">Id of the researcher or project.</param>
/// <param name="Identity">The researcher's e-mail address or the project's name; the id where there is none.</param>
/// <param name="Problem">Why nobody would get its messages all the same; empty when nothing is wrong.</param>
public sealed record AccountCheck(string Id, string Identity, string Problem)
{
    /// <summary>
    /// Asks: Prolific <c>users/me</c>; Open Humans <c>project</c> and one row of <c>members</c>, which alone tells a master token from a user
    /// token (provider facts 12.1).
    /// </summary>
    /// <param name="connection">The account.</param>
    /// <param name="http">The HTTP layer; null for the shared one.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="MessagingException">The token is refused, or the service cannot be asked.</exception>
    public static async Task<AccountCheck> RunAsync(ServiceConnection connection, ServiceHttp? http, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.Provider == MessagingProvider.Prolific)
        {
            ProlificUser user = await new ProlificClient(connection, http).GetMeAsync(cancellationToken).ConfigureAwait(false);
            return new AccountCheck(user.Id, user.Email.Length > 0 ? user.Email : user.Id, "");
        }

        var client = new OpenHumansClient(connection, http);
        OpenHumansProject project = await client.GetProjectAsync(cancellationToken).ConfigureAwait(false);
        string problem = await client.IsMasterTokenAsync(cancellationToken).ConfigureAwait(false)
            ? project.MailProblem
            : OpenHumansProject.UserTokenProblem;
        return new AccountCheck(project.Id, project.Name.Length > 0 ? project.Name : project.Id, problem);
    }
}
