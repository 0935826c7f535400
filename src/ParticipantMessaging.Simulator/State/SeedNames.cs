namespace ParticipantMessaging.Simulator;

/// <summary>Names and sentences for seeded people.</summary>
internal static class SeedNames
{
    private static readonly string[] Names =
    [
        "Ada", "Bjørn", "Chidi", "Dana", "Eleni", "Farid", "Grace", "Hana", "Ivo", "Jia", "Kofi", "Leïla", "Mateo", "Nadia", "Oluwaseun",
        "Priya", "Quentin", "Rosa", "Sean", "Tomás", "Uma", "Viktor", "Wanjiru", "Ximena", "Yuki", "Zoë", "Anne-Marie", "D'Arcy", "Łukasz",
        "Nguyễn", "José", "Mary Ann", "Þóra", "Søren", "Amélie", "Ömer", "Iben", "Lars", "Mei", "Noor", "Paolo", "Ruth", "Samir", "Thandi",
    ];

    private static readonly string[] Questions =
    [
        "Hi, the link to the second part does not open. Could you look?",
        "When will the payment for the study arrive?",
        "Thank you, that was interesting!",
        "My completion code was not accepted: C1A2B3.",
        "I had to stop half-way; may I go on tomorrow?",
        "Why was my submission rejected?",
    ];

    public static string Name(int seed, int index) =>
        Names[(int)(SimIds.Mix(((ulong)(uint)seed << 32) ^ (uint)index ^ 0xABCD_0000_0000_0000UL) % (ulong)Names.Length)];

    public static string Question(int index) => Questions[index % Questions.Length];
}
