<#
.SYNOPSIS
    Job hook of the runner: writes down which job has started or is done, for hvpool to show.

.DESCRIPTION
    The runner runs it inside each job, as its own account, before the first step and after the last one. It never
    fails a job: what cannot be written is not written. Windows PowerShell 5.1.
#>
[CmdletBinding()]
param()

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

function Write-HvJob {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [ValidateSet('running', 'done')] [string]$State
    )
    try {
        $text = '{0} {1} {2}.{3} {4}' -f $State, $env:GITHUB_REPOSITORY, $env:GITHUB_RUN_ID, $env:GITHUB_RUN_ATTEMPT, $env:GITHUB_JOB
        $file = Join-Path -Path $env:HVPOOL_JOB_FOLDER -ChildPath 'job.txt'
        [IO.File]::WriteAllText($file, $text)
    } catch {
        return
    }
}

# The name of the copy that the runner was given says which hook this is.
if ([IO.Path]::GetFileName($PSCommandPath) -eq 'job-completed.ps1') {
    Write-HvJob -State 'done'
} else {
    Write-HvJob -State 'running'
}
exit 0
