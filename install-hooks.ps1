# Makes git run the hooks of .githooks in this clone (core.hooksPath). Doing it twice changes nothing.
#
#   ./install-hooks.ps1              where hooks of yours would stop running, it says so and changes nothing
#   ./install-hooks.ps1 -Force       installs all the same, and says which hooks no longer run; none is deleted
#   ./install-hooks.ps1 -Uninstall   gives the clone back its own hooks
#
# Nothing in the project needs the hooks: CI makes the same checks. For other shells: install-hooks.sh.
[CmdletBinding()]
param([switch] $Force, [switch] $Uninstall)

$ErrorActionPreference = 'Stop'
$ours = '.githooks'

function Write-Line([string] $text) { [Console]::Error.WriteLine($text) }

Push-Location $PSScriptRoot
try {
  $top = git rev-parse --show-toplevel 2>$null
  if ($LASTEXITCODE -ne 0 -or -not (Test-Path -LiteralPath (Join-Path $top "$ours/pre-commit"))) {
    Write-Line "install-hooks: this is not a clone of the project: no git repository with $ours/pre-commit here"
    exit 1
  }
  Set-Location -LiteralPath $top
  $current = git config --get core.hooksPath

  if ($Uninstall) {
    if ($current -ne $ours) {
      Write-Line 'The hooks are not installed; nothing was changed.'
    } else {
      git config --local --unset core.hooksPath
      Write-Line 'The hooks are uninstalled.'
    }
    exit 0
  }
  if ($current -eq $ours) {
    Write-Line 'The hooks are installed already.'
    exit 0
  }

  # What runs now and would not run any more.
  $theirs = @()
  if ($current) {
    $theirs = @("core.hooksPath = $current")
  } else {
    $folder = Join-Path (git rev-parse --git-common-dir) 'hooks'
    if (Test-Path -LiteralPath $folder) {
      $theirs = @(Get-ChildItem -LiteralPath $folder -File | Where-Object { $_.Extension -ne '.sample' } |
          ForEach-Object { $_.FullName })
    }
  }
  if ($theirs.Count -gt 0 -and -not $Force) {
    Write-Line "You have hooks of your own: $($theirs -join ', ')"
    Write-Line 'They would no longer run, so nothing was changed. To install all the same: ./install-hooks.ps1 -Force'
    Write-Line "or call $ours/pre-commit from your own pre-commit hook."
    exit 1
  }
  git config --local core.hooksPath $ours
  if ($LASTEXITCODE -ne 0) { exit 1 }
  if ($theirs.Count -gt 0) { Write-Line "No longer run, but not deleted: $($theirs -join ', ')" }
  Write-Line 'The hooks are installed: package-lock.json follows package.json, and what is staged is linted and type-checked.'
} finally {
  Pop-Location
}
