// A session of another account, and processes in it with a given environment. Start-Process -Credential does not work
// from SYSTEM, and a scheduled task cannot be given an environment. C# 5: Windows PowerShell 5.1 compiles it in the guest.
using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

public sealed class HvLogon : IDisposable
{
    const int Batch = 4;
    const int Interactive = 2;
    const uint NoWindow = 0x08000000;
    const uint UnicodeEnvironment = 0x00000400;
    const uint TimedOut = 0x102;

    [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
    struct StartupInfo
    {
        public int Size; public string Reserved; public string Desktop; public string Title;
        public int X; public int Y; public int XSize; public int YSize; public int XChars; public int YChars;
        public int Fill; public int Flags; public short Show; public short Reserved2Size; public IntPtr Reserved2;
        public IntPtr Input; public IntPtr Output; public IntPtr Error;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct ProcessInformation { public IntPtr Process; public IntPtr Thread; public int ProcessId; public int ThreadId; }

    [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
    struct ProfileInfo
    {
        public int Size; public int Flags; public string User; public string Path; public string DefaultPath;
        public string Server; public string Policy; public IntPtr Profile;
    }

    [DllImport("advapi32.dll", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern bool LogonUserW(string user, string domain, string password, int type, int provider, out IntPtr token);

    [DllImport("userenv.dll", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern bool LoadUserProfileW(IntPtr token, ref ProfileInfo info);

    [DllImport("userenv.dll", SetLastError = true)]
    static extern bool CreateEnvironmentBlock(out IntPtr block, IntPtr token, bool inherit);

    [DllImport("userenv.dll", SetLastError = true)]
    static extern bool DestroyEnvironmentBlock(IntPtr block);

    [DllImport("advapi32.dll", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern bool CreateProcessAsUserW(IntPtr token, string application, StringBuilder line, IntPtr processRights,
        IntPtr threadRights, bool inherit, uint flags, byte[] environment, string folder, ref StartupInfo startup,
        out ProcessInformation process);

    [DllImport("kernel32.dll", SetLastError = true)]
    static extern uint WaitForSingleObject(IntPtr handle, uint milliseconds);

    [DllImport("kernel32.dll", SetLastError = true)]
    static extern bool GetExitCodeProcess(IntPtr process, out uint code);

    [DllImport("kernel32.dll", SetLastError = true)]
    static extern bool CloseHandle(IntPtr handle);

    readonly IntPtr token;

    // An administrator's batch logon has all rights; an interactive one would be filtered by UAC. Other accounts may
    // log on interactively, but not as a batch job.
    public HvLogon(string user, string password, bool administrator)
    {
        if (!LogonUserW(user, ".", password, administrator ? Batch : Interactive, 0, out token)) throw new Win32Exception();
        ProfileInfo profile = new ProfileInfo();
        profile.Size = Marshal.SizeOf(typeof(ProfileInfo));
        profile.Flags = 1;
        profile.User = user;
        if (!LoadUserProfileW(token, ref profile)) throw new Win32Exception();
    }

    SortedDictionary<string, string> OwnEnvironment()
    {
        SortedDictionary<string, string> result = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        IntPtr block;
        if (!CreateEnvironmentBlock(out block, token, false)) throw new Win32Exception();
        try
        {
            IntPtr at = block;
            while (true)
            {
                string entry = Marshal.PtrToStringUni(at);
                if (String.IsNullOrEmpty(entry)) break;
                at = new IntPtr(at.ToInt64() + (entry.Length + 1) * 2);
                int equals = entry.IndexOf('=', 1);
                if (equals > 0) result[entry.Substring(0, equals)] = entry.Substring(equals + 1);
            }
        }
        finally { DestroyEnvironmentBlock(block); }
        return result;
    }

    // Starts a program; the answer is a handle to wait for.
    public IntPtr Start(string program, string arguments, string folder, IDictionary<string, string> more)
    {
        SortedDictionary<string, string> all = OwnEnvironment();
        foreach (KeyValuePair<string, string> pair in more) all[pair.Key] = pair.Value;
        StringBuilder text = new StringBuilder();
        foreach (KeyValuePair<string, string> pair in all) text.Append(pair.Key).Append('=').Append(pair.Value).Append('\0');
        text.Append('\0');
        StartupInfo startup = new StartupInfo();
        startup.Size = Marshal.SizeOf(typeof(StartupInfo));
        // Empty, not null: the new logon gets a window station that it may use.
        startup.Desktop = "";
        ProcessInformation process;
        StringBuilder line = new StringBuilder("\"" + program + "\" " + arguments);
        if (!CreateProcessAsUserW(token, program, line, IntPtr.Zero, IntPtr.Zero, false, NoWindow | UnicodeEnvironment,
            Encoding.Unicode.GetBytes(text.ToString()), folder, ref startup, out process)) throw new Win32Exception();
        CloseHandle(process.Thread);
        return process.Process;
    }

    // The exit code, or -1 when the process still runs after so many milliseconds.
    public long Wait(IntPtr process, uint milliseconds)
    {
        uint waited = WaitForSingleObject(process, milliseconds);
        if (waited == TimedOut) return -1;
        if (waited != 0) throw new Win32Exception();
        uint code;
        if (!GetExitCodeProcess(process, out code)) throw new Win32Exception();
        CloseHandle(process);
        return code;
    }

    public void Dispose() { CloseHandle(token); }
}
